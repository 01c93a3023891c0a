import type { Database } from "../../../db/connection.ts";
import type { DefaultGrant } from "../meeting/meeting.ts";
import type { PageKey } from "../rest/cursor.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { GuestLink, NewGuestLink } from "./guest_link.ts";
import type { GuestLinkStore, ListedGuestLink } from "./guest_link_store.ts";

interface GuestLinkRow {
  readonly link_id: string;
  readonly meeting_id: string;
  readonly label: string;
  readonly grants: DefaultGrant[];
  readonly max_uses: number | null;
  readonly uses: number;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

/** Guest links in PostgreSQL (db/migrations/0004_meetings.sql). */
export class PostgresGuestLinkStore implements GuestLinkStore {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async create(link: NewGuestLink): Promise<GuestLink> {
    const [row] = await this.#sql<[GuestLinkRow]>`
      INSERT INTO guest_links (meeting_id, secret_hash, label, grants, max_uses, expires_at)
      VALUES (${link.meetingId}, ${link.secretHash}, ${link.label}, ${[...link.grants]},
        ${link.maxUses}, ${link.expiresAt})
      RETURNING *`;
    return linkOf(row);
  }

  async list(
    meetingId: string,
    { limit, after }: { readonly limit: number; readonly after?: PageKey },
  ): Promise<ListedGuestLink[]> {
    const sql = this.#sql;
    const rows = await sql<(GuestLinkRow & { page_time: string })[]>`
      SELECT *, ${pageTime(sql, "created_at")} AS page_time FROM guest_links
      WHERE meeting_id = ${meetingId} AND ${isAfter(sql, "created_at", "link_id", after)}
      ORDER BY created_at DESC, link_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({ ...linkOf(row), key: { time: row.page_time, id: row.link_id } }));
  }

  async revoke(meetingId: string, linkId: string): Promise<boolean> {
    const result = await this.#sql`
      UPDATE guest_links SET revoked_at = coalesce(revoked_at, now())
      WHERE link_id = ${linkId} AND meeting_id = ${meetingId}`;
    return result.count > 0;
  }
}

function linkOf(row: GuestLinkRow): GuestLink {
  return {
    linkId: row.link_id,
    meetingId: row.meeting_id,
    label: row.label,
    grants: row.grants,
    maxUses: row.max_uses,
    uses: row.uses,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

import type { Database } from "../../../db/connection.ts";
import type { MeetingRole } from "../auth/token/join_token.ts";
import { TOKEN_SKEW_S } from "../auth/signing/token_keys.ts";
import type { PageKey } from "../rest/cursor.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { Grant } from "./grant.ts";
import type { JoinTokenRecord, NewJoinToken } from "./join_token_record.ts";
import type { JoinTokenStore, ListedJoinToken } from "./join_token_store.ts";

interface JoinTokenRow {
  readonly token_id: string;
  readonly meeting_id: string;
  readonly participant_id: string;
  readonly user_id: string | null;
  readonly user_reference: string;
  readonly role: MeetingRole;
  readonly grants: Grant[];
  readonly participant_name: string;
  readonly issued_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
}

/** Join tokens in PostgreSQL (db/migrations/0004_meetings.sql). */
export class PostgresJoinTokenStore implements JoinTokenStore {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async add(token: NewJoinToken): Promise<void> {
    await this.#sql`
      INSERT INTO join_tokens (
        token_id, meeting_id, participant_id, role, user_id, user_reference, participant_name,
        expires_at, grants
      ) SELECT ${this.#values(token)}, ${[...token.grants]}::text[]`;
  }

  async addByGuestLink(
    token: Omit<NewJoinToken, "grants">,
    secretHash: Uint8Array,
  ): Promise<readonly Grant[] | undefined> {
    // The row lock of the update makes those who come at once wait for each other.
    const [row] = await this.#sql<{ grants: Grant[] }[]>`
      WITH link AS (
        UPDATE guest_links SET uses = uses + 1
        WHERE secret_hash = ${secretHash} AND meeting_id = ${token.meetingId}
          AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
          AND (max_uses IS NULL OR uses < max_uses)
        RETURNING grants
      )
      INSERT INTO join_tokens (
        token_id, meeting_id, participant_id, role, user_id, user_reference, participant_name,
        expires_at, grants
      ) SELECT ${this.#values(token)}, link.grants FROM link
      RETURNING grants`;
    return row?.grants;
  }

  async list(
    meetingId: string,
    { limit, after }: { readonly limit: number; readonly after?: PageKey },
  ): Promise<ListedJoinToken[]> {
    const sql = this.#sql;
    const rows = await sql<(JoinTokenRow & { page_time: string })[]>`
      SELECT *, ${pageTime(sql, "issued_at")} AS page_time FROM join_tokens
      WHERE meeting_id = ${meetingId} AND ${isAfter(sql, "issued_at", "token_id", after)}
      ORDER BY issued_at DESC, token_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({
      ...recordOf(row),
      key: { time: row.page_time, id: row.token_id },
    }));
  }

  async revoke(meetingId: string, tokenId: string): Promise<JoinTokenRecord | undefined> {
    const [row] = await this.#sql<JoinTokenRow[]>`
      UPDATE join_tokens SET revoked_at = coalesce(revoked_at, now())
      WHERE token_id = ${tokenId} AND meeting_id = ${meetingId} RETURNING *`;
    return row && recordOf(row);
  }

  async revokeAllOf(meetingId: string, participantId: string): Promise<boolean> {
    const result = await this.#sql`
      UPDATE join_tokens SET revoked_at = coalesce(revoked_at, now())
      WHERE participant_id = ${participantId} AND meeting_id = ${meetingId}`;
    return result.count > 0;
  }

  async liveRevocations(meetingId: string, limit: number): Promise<string[]> {
    const rows = await this.#sql<{ token_id: string }[]>`
      SELECT token_id FROM join_tokens
      WHERE meeting_id = ${meetingId} AND revoked_at IS NOT NULL
        AND expires_at > now() - ${TOKEN_SKEW_S} * interval '1 second'
      ORDER BY expires_at DESC LIMIT ${limit}`;
    return rows.map((row) => row.token_id);
  }

  /** An account that is gone meanwhile is left out, as if it had gone a moment later. */
  #values(token: Omit<NewJoinToken, "grants">) {
    return this.#sql`
      ${token.tokenId}::uuid, ${token.meetingId}::uuid, ${token.participantId}::uuid,
      ${token.role}::text, (SELECT user_id FROM users WHERE user_id = ${token.userId}::uuid),
      ${token.userReference}::text, ${token.participantName}::text, ${token.expiresAt}::timestamptz`;
  }
}

function recordOf(row: JoinTokenRow): JoinTokenRecord {
  return {
    tokenId: row.token_id,
    meetingId: row.meeting_id,
    participantId: row.participant_id,
    userId: row.user_id,
    userReference: row.user_reference,
    role: row.role,
    grants: row.grants,
    participantName: row.participant_name,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

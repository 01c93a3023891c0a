import type { Database } from "../../../../db/connection.ts";
import type { PageKey } from "../../rest/cursor.ts";
import { isAfter, pageTime } from "../../rest/postgres_page.ts";
import type { BanVerdict, KnownPerson, MeetingBan } from "./ban.ts";
import type { BanStore, ListedBan } from "./ban_store.ts";

interface BanRow {
  readonly ban_id: string;
  readonly meeting_id: string;
  readonly participant_id: string;
  readonly participant_name: string;
  readonly user_id: string | null;
  readonly user_reference: string;
  readonly guest_id: string;
  readonly banned_at: Date;
}

/** Bans in PostgreSQL (db/migrations/0012_meeting_owners.sql). */
export class PostgresBanStore implements BanStore {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async judge(
    meetingId: string,
    { userId = null, userReference = "", guestId = "", network = "" }: KnownPerson,
  ): Promise<BanVerdict> {
    const [row] = await this.#sql<{ banned: boolean; suspect: boolean }[]>`
      SELECT
        coalesce(bool_or(
          coalesce(user_id = ${userId}, false)
          OR (user_reference <> '' AND user_reference = ${userReference})
          OR (guest_id <> '' AND guest_id = ${guestId})
        ), false) AS banned,
        coalesce(bool_or(network <> '' AND network = ${network}), false) AS suspect
      FROM meeting_bans WHERE meeting_id = ${meetingId}`;
    if (row!.banned) return "banned";
    return row!.suspect ? "suspect" : "welcome";
  }

  async list(
    meetingId: string,
    { limit, after }: { readonly limit: number; readonly after?: PageKey },
  ): Promise<ListedBan[]> {
    const sql = this.#sql;
    const rows = await sql<(BanRow & { page_time: string })[]>`
      SELECT *, ${pageTime(sql, "banned_at")} AS page_time FROM meeting_bans
      WHERE meeting_id = ${meetingId} AND ${isAfter(sql, "banned_at", "ban_id", after)}
      ORDER BY banned_at DESC, ban_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({ ...banOf(row), key: { time: row.page_time, id: row.ban_id } }));
  }

  async lift(meetingId: string, banId: string): Promise<MeetingBan | undefined> {
    const [row] = await this.#sql<BanRow[]>`
      DELETE FROM meeting_bans WHERE ban_id = ${banId} AND meeting_id = ${meetingId} RETURNING *`;
    return row && banOf(row);
  }
}

function banOf(row: BanRow): MeetingBan {
  return {
    banId: row.ban_id,
    meetingId: row.meeting_id,
    participantId: row.participant_id,
    participantName: row.participant_name,
    userId: row.user_id,
    userReference: row.user_reference,
    knowsBrowser: row.guest_id !== "",
    bannedAt: row.banned_at,
  };
}

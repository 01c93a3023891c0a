import type postgres from "postgres";
import { pageOf } from "../rest/cursor.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import {
  EXACT_TOTAL_LIMIT,
  type MeetingList,
  type MeetingPage,
  type MeetingQuery,
} from "./meeting_list.ts";
import {
  meetingColumns,
  meetingSummaryOf,
  type MeetingSummaryRow,
} from "./postgres_meeting_row.ts";

interface ListedRow extends MeetingSummaryRow {
  readonly page_time: string;
}

/** Lists of meetings from PostgreSQL, each by an index of db/migrations/0004_meetings.sql. */
export class PostgresMeetingList implements MeetingList {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async page(query: MeetingQuery): Promise<MeetingPage> {
    const { limit } = query.page;
    const [rows, [counted]] = await Promise.all([
      selectMeetings(this.#sql, query),
      countMeetings(this.#sql, query),
    ]);
    const { items, nextCursor } = pageOf(
      rows,
      limit,
      ({ page_time, meeting_id }) => ({ time: page_time, id: meeting_id }),
    );
    const found = counted?.found ?? 0;
    return {
      meetings: items.map(meetingSummaryOf),
      nextCursor,
      total: Math.min(found, EXACT_TOTAL_LIMIT),
      totalIsExact: found <= EXACT_TOTAL_LIMIT,
    };
  }
}

/** The page's rows and one more. Only they have their participants counted. */
export function selectMeetings(sql: postgres.Sql, query: MeetingQuery) {
  const { limit, after } = query.page;
  return sql<ListedRow[]>`
    SELECT ${meetingColumns(sql)}, ${pageTime(sql, "m.starts_at")} AS page_time
    FROM (
      SELECT * FROM meetings m
      WHERE ${matching(sql, query)} AND ${isAfter(sql, "m.starts_at", "m.meeting_id", after)}
      ORDER BY m.starts_at DESC, m.meeting_id DESC LIMIT ${limit + 1}
    ) AS m
    ORDER BY m.starts_at DESC, m.meeting_id DESC`;
}

/**
 * Counting further would take longer the more meetings there are. The order has an index read even
 * where most of the table matches.
 */
export function countMeetings(sql: postgres.Sql, query: MeetingQuery) {
  return sql<{ found: number }[]>`
    SELECT count(*)::int AS found FROM (
      SELECT FROM meetings m WHERE ${matching(sql, query)}
      ORDER BY m.starts_at DESC, m.meeting_id DESC LIMIT ${EXACT_TOTAL_LIMIT + 1}
    ) AS counted`;
}

function matching(
  sql: postgres.Sql,
  { organisationId, ownerId, roomId, from, to, status }: MeetingQuery,
) {
  return sql`m.organisation_id = ${organisationId}
    ${ownerId === undefined ? sql`` : sql`AND m.owner_id = ${ownerId}`}
    ${roomId === undefined ? sql`` : sql`AND m.room_id = ${roomId}`}
    ${from === undefined ? sql`` : sql`AND m.starts_at >= ${from}`}
    ${to === undefined ? sql`` : sql`AND m.starts_at < ${to}`}
    ${withStatus(sql, status)}`;
}

function withStatus(sql: postgres.Sql, status: MeetingQuery["status"]) {
  switch (status) {
    case undefined:
      return sql``;
    case "open":
      return sql`AND m.ended_at IS NULL`;
    case "scheduled":
      return sql`AND m.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM participants p WHERE p.meeting_id = m.meeting_id AND p.left_at IS NULL)`;
    case "active":
      // An array, so that those that are held now are looked up: they are few, whatever is open.
      return sql`AND m.ended_at IS NULL AND m.meeting_id = ANY (ARRAY(
        SELECT DISTINCT p.meeting_id FROM participants p WHERE p.left_at IS NULL))`;
    case "ended":
      return sql`AND m.ended_at IS NOT NULL`;
  }
}

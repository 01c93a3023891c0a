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
  /** How many match on all pages, one more than EXACT_TOTAL_LIMIT at most. */
  readonly found: number;
}
/** The only row of a page that nothing is on. */
type EmptyPageRow = Pick<ListedRow, "found"> & { readonly meeting_id: null };

/** Lists of meetings from PostgreSQL, each by an index of db/migrations/0004_meetings.sql. */
export class PostgresMeetingList implements MeetingList {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async page(query: MeetingQuery): Promise<MeetingPage> {
    const { limit } = query.page;
    const answered = await selectMeetings(this.#sql, query);
    const rows = answered.filter((row) => row.meeting_id !== null);
    const { items, nextCursor } = pageOf(
      rows,
      limit,
      ({ page_time, meeting_id }) => ({ time: page_time, id: meeting_id }),
    );
    const found = answered[0]?.found ?? 0;
    return {
      meetings: items.map(meetingSummaryOf),
      nextCursor,
      total: Math.min(found, EXACT_TOTAL_LIMIT),
      totalIsExact: found <= EXACT_TOTAL_LIMIT,
    };
  }
}

/**
 * The page's rows and one more, each with how many match: in one statement, which costs half of what
 * two do. Only rows of the page have their participants counted.
 *
 * Counting further would take longer the more meetings there are. The order has an index read even
 * where most of the table matches.
 */
export function selectMeetings(sql: postgres.Sql, query: MeetingQuery) {
  const { limit, after } = query.page;
  return sql<(ListedRow | EmptyPageRow)[]>`
    SELECT counted.found, ${meetingColumns(sql)}, ${pageTime(sql, "m.starts_at")} AS page_time
    FROM (
      SELECT count(*)::int AS found FROM (
        SELECT FROM meetings m WHERE ${matching(sql, query)}
        ORDER BY m.starts_at DESC, m.meeting_id DESC LIMIT ${EXACT_TOTAL_LIMIT + 1}
      ) AS bounded
    ) AS counted
    LEFT JOIN (
      SELECT * FROM meetings m
      WHERE ${matching(sql, query)} AND ${isAfter(sql, "m.starts_at", "m.meeting_id", after)}
      ORDER BY m.starts_at DESC, m.meeting_id DESC LIMIT ${limit + 1}
    ) AS m ON true
    ORDER BY m.starts_at DESC, m.meeting_id DESC`;
}

function matching(
  sql: postgres.Sql,
  { organisationId, ownerId, roomId, from, to, status }: MeetingQuery,
) {
  const ownerKey = ownerId === undefined ? undefined : `${organisationId} ${ownerId}`;
  // Of organisation, owner and room the narrowest: of several, PostgreSQL would expect few rows, sort
  // all there are, or read the whole organisation for one owner.
  const place = roomId !== undefined
    ? sql`m.room_id = (SELECT r.room_id FROM rooms r
        WHERE r.room_id = ${roomId} AND r.organisation_id = ${organisationId})`
    : ownerKey === undefined
    ? sql`m.organisation_id = ${organisationId}`
    : sql`true`;
  return sql`${place}
    ${ownerKey === undefined ? sql`` : sql`AND m.owner_key = ${ownerKey}`}
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
      return sql`AND m.ended_at IS NULL AND NOT m.occupied`;
    case "active":
      return sql`AND m.ended_at IS NULL AND m.occupied`;
    case "ended":
      return sql`AND m.ended_at IS NOT NULL`;
  }
}

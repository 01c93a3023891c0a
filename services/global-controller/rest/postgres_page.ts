import type { Database } from "../../../db/connection.ts";
import type { PageKey } from "./cursor.ts";

/**
 * SQL for the time of a row's page key, from a `timestamptz` column such as `m.created_at`:
 * `SELECT …, ${pageTime(sql, "m.created_at")} AS page_time`.
 */
export function pageTime(sql: Database, column: string) {
  return sql`to_char(${sql(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/**
 * SQL that holds for the rows behind `after` in the order `time DESC, id DESC`, and for all rows
 * without `after`: `WHERE … AND ${isAfter(sql, "created_at", "meeting_id", after)}`.
 *
 * @param order the list's, when it is the other way round.
 */
export function isAfter(
  sql: Database,
  timeColumn: string,
  idColumn: string,
  after: PageKey | undefined,
  order: "DESC" | "ASC" = "DESC",
) {
  if (after === undefined) return sql`true`;
  const place = sql`(${sql(timeColumn)}, ${sql(idColumn)})`;
  // By way of text: the driver would make a Date, with milliseconds, of a timestamptz parameter.
  const bound = sql`(${after.time}::text::timestamptz, ${after.id})`;
  return order === "DESC" ? sql`${place} < ${bound}` : sql`${place} > ${bound}`;
}

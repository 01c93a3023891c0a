import type postgres from "postgres";
import { notFound } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { preconditionFailed } from "../rest/etag.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { User, UserChange, UserMembership } from "./user.ts";
import type { UserStore } from "./user_store.ts";

/** People in PostgreSQL (db/migrations/). */
export class PostgresUserStore implements UserStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async find(userId: string): Promise<User | undefined> {
    const [row] = await this.#sql<User[]>`
      SELECT ${this.#columns()} FROM users WHERE user_id = ${userId}`;
    return row;
  }

  async update(
    userId: string,
    { displayName, locale, timeZone }: UserChange,
    version: number | undefined,
  ): Promise<User> {
    const [row] = await this.#sql<User[]>`
      UPDATE users SET display_name = coalesce(${displayName ?? null}, display_name),
        locale = coalesce(${locale ?? null}, locale),
        time_zone = coalesce(${timeZone ?? null}, time_zone),
        version = version + 1, updated_at = now()
      WHERE user_id = ${userId} AND version = coalesce(${version ?? null}::integer, version)
      RETURNING ${this.#columns()}`;
    if (row !== undefined) return row;
    throw await this.find(userId) ? preconditionFailed() : notFound("the account is gone");
  }

  async memberships(userId: string, { limit, after }: Page) {
    const sql = this.#sql;
    const rows = await sql<(UserMembership & { pageTime: string })[]>`
      SELECT o.organisation_id AS "organisationId", o.slug, o.name, m.role,
        m.created_at AS "joinedAt", ${pageTime(sql, "m.created_at")} AS "pageTime"
      FROM (
        SELECT * FROM memberships m
        WHERE m.user_id = ${userId}
          AND ${isAfter(sql, "m.created_at", "m.organisation_id", after)}
        ORDER BY m.created_at DESC, m.organisation_id DESC LIMIT ${limit + 1}
      ) AS m
      -- OFFSET keeps each organisation looked up, instead of all of them read for a join.
      CROSS JOIN LATERAL (
        SELECT * FROM organisations WHERE organisation_id = m.organisation_id OFFSET 0
      ) AS o
      ORDER BY m.created_at DESC, m.organisation_id DESC`;
    return pageOf(rows, limit, (row) => ({ time: row.pageTime, id: row.organisationId }));
  }

  async setDisabled(email: string, disabled: boolean): Promise<{ userId: string } | undefined> {
    const [row] = await this.#sql<{ userId: string }[]>`
      WITH person AS (
        UPDATE users SET updated_at = now(), version = version + 1,
          disabled_at = CASE WHEN ${disabled} THEN coalesce(disabled_at, now()) END
        WHERE lower(email) = lower(${email}) RETURNING user_id
      ), signed_out AS (
        UPDATE login_sessions SET revoked_at = now()
        WHERE ${disabled} AND revoked_at IS NULL AND user_id IN (SELECT user_id FROM person)
      )
      SELECT user_id AS "userId" FROM person`;
    return row;
  }

  #columns() {
    return this.#sql`
      user_id AS "userId", email, display_name AS "displayName", locale, time_zone AS "timeZone",
      version, created_at AS "createdAt"`;
  }
}

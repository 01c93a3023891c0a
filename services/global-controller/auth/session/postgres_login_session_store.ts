import { timingSafeEqual } from "node:crypto";
import type postgres from "postgres";
import { type Page, pageOf } from "../../rest/cursor.ts";
import { isAfter, pageTime } from "../../rest/postgres_page.ts";
import {
  type LoginSession,
  type LoginSessionStore,
  MAX_SESSIONS_PER_USER,
  MAX_USER_AGENT_LENGTH,
  REFRESH_GRACE_S,
  type RefreshableSession,
  type RefreshResult,
  SESSION_IDLE_DAYS,
  SESSION_LIFETIME_DAYS,
} from "./login_session_store.ts";
import { createRefreshToken, readRefreshToken } from "./refresh_token.ts";

interface Secrets {
  readonly refresh_hash: Uint8Array;
  readonly previous_refresh_hash: Uint8Array | null;
  /** Whether the token before the current one still works. */
  readonly in_grace: boolean;
}

/** Login sessions in PostgreSQL (db/migrations/0002_accounts.sql). */
export class PostgresLoginSessionStore implements LoginSessionStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async start(userId: string, userAgent: string): Promise<RefreshableSession> {
    const token = await createRefreshToken();
    const session = await this.#sql.begin(async (sql) => {
      // Those who sign in at the same time count one after the other.
      await sql`SELECT FROM users WHERE user_id = ${userId} FOR NO KEY UPDATE`;
      await sql`
        UPDATE login_sessions SET revoked_at = now() WHERE session_id IN (
          SELECT session_id FROM login_sessions s WHERE user_id = ${userId} AND ${isLive(sql)}
          ORDER BY rotated_at DESC OFFSET ${MAX_SESSIONS_PER_USER - 1}
        )`;
      const [row] = await sql<LoginSession[]>`
        INSERT INTO login_sessions AS s
          (session_id, user_id, family_hash, refresh_hash, expires_at, user_agent)
        VALUES (gen_random_uuid(), ${userId}, ${token.family}, ${token.secret},
          now() + ${SESSION_IDLE_DAYS} * interval '1 day',
          ${userAgent.slice(0, MAX_USER_AGENT_LENGTH)})
        RETURNING ${sessionColumns(sql)}`;
      return row!;
    });
    return { session, refreshToken: token.text };
  }

  async refresh(refreshToken: string): Promise<RefreshResult> {
    const sent = await readRefreshToken(refreshToken);
    if (sent === undefined) return { outcome: "refused" };
    return await this.#sql.begin(async (sql): Promise<RefreshResult> => {
      const [row] = await sql<(LoginSession & Secrets)[]>`
        SELECT ${sessionColumns(sql)}, s.refresh_hash, s.previous_refresh_hash,
          s.rotated_at > now() - ${REFRESH_GRACE_S} * interval '1 second' AS in_grace
        FROM login_sessions s JOIN users u USING (user_id)
        WHERE s.family_hash = ${sent.family} AND ${isLive(sql)} AND u.disabled_at IS NULL
        FOR UPDATE OF s`;
      if (row === undefined) return { outcome: "refused" };
      const { refresh_hash, previous_refresh_hash, in_grace, ...session } = row;
      if (equal(sent.secret, refresh_hash)) {
        const next = await createRefreshToken(refreshToken);
        return {
          outcome: "rotated",
          session: await rotate(sql, session.sessionId, next.secret),
          refreshToken: next.text,
        };
      }
      if (in_grace && previous_refresh_hash && equal(sent.secret, previous_refresh_hash)) {
        return { outcome: "replaced", session };
      }
      await sql`UPDATE login_sessions SET revoked_at = now()
        WHERE session_id = ${session.sessionId}`;
      return { outcome: "reused", session };
    });
  }

  async end(refreshToken: string): Promise<LoginSession | undefined> {
    const sent = await readRefreshToken(refreshToken);
    if (sent === undefined) return undefined;
    const sql = this.#sql;
    const [row] = await sql<LoginSession[]>`
      UPDATE login_sessions s SET revoked_at = now()
      WHERE s.family_hash = ${sent.family} AND ${isLive(sql)}
      RETURNING ${sessionColumns(sql)}`;
    return row;
  }

  async list(userId: string, { limit, after }: Page) {
    const sql = this.#sql;
    const rows = await sql<(LoginSession & { pageTime: string })[]>`
      SELECT ${sessionColumns(sql)}, ${pageTime(sql, "s.created_at")} AS "pageTime"
      FROM login_sessions s
      WHERE s.user_id = ${userId} AND ${isLive(sql)}
        AND ${isAfter(sql, "s.created_at", "s.session_id", after)}
      ORDER BY s.created_at DESC, s.session_id DESC LIMIT ${limit + 1}`;
    return pageOf(rows, limit, (row) => ({ time: row.pageTime, id: row.sessionId }));
  }

  async revoke(userId: string, sessionId: string): Promise<boolean> {
    const sql = this.#sql;
    const revoked = await sql`
      UPDATE login_sessions s SET revoked_at = now()
      WHERE s.session_id = ${sessionId} AND s.user_id = ${userId} AND ${isLive(sql)}`;
    return revoked.count > 0;
  }
}

async function rotate(
  sql: postgres.ISql,
  sessionId: string,
  secret: Uint8Array,
): Promise<LoginSession> {
  const [row] = await sql<LoginSession[]>`
    UPDATE login_sessions s SET
      previous_refresh_hash = refresh_hash, refresh_hash = ${secret}, rotated_at = now(),
      expires_at = least(now() + ${SESSION_IDLE_DAYS} * interval '1 day',
        created_at + ${SESSION_LIFETIME_DAYS} * interval '1 day')
    WHERE session_id = ${sessionId} RETURNING ${sessionColumns(sql)}`;
  return row!;
}

function sessionColumns(sql: postgres.ISql) {
  return sql`s.session_id AS "sessionId", s.user_id AS "userId", s.created_at AS "createdAt",
    s.rotated_at AS "usedAt", s.expires_at AS "expiresAt", s.user_agent AS "userAgent"`;
}

function isLive(sql: postgres.ISql) {
  return sql`s.revoked_at IS NULL AND s.expires_at > now()`;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

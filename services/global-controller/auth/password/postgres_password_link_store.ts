import type postgres from "postgres";
import { createSecretToken, hashSecretToken } from "../../organisation/secret_token.ts";
import { forbidden, notFound } from "../../rest/api_error.ts";
import { type NewPasswordLink, PASSWORD_LINK_LIFETIME_H } from "./password_link.ts";
import { assertMayLink } from "./password_link_rules.ts";
import type {
  PasswordLinkRequest,
  PasswordLinkStore,
  PasswordReset,
} from "./password_link_store.ts";
import type { MembershipRole } from "../scope.ts";

interface Places {
  readonly actor_role: MembershipRole | null;
  readonly role: MembershipRole | null;
  readonly elsewhere: boolean;
  readonly has_password: boolean;
}

/** By what a link was made in an organisation. */
interface Issued {
  readonly organisationId: string;
  readonly role: MembershipRole;
  readonly issuedBy: string;
}

/** Password links in PostgreSQL (db/migrations/0002_accounts.sql). */
export class PostgresPasswordLinkStore implements PasswordLinkStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async create(
    { organisationId, userId, actorId }: PasswordLinkRequest,
  ): Promise<NewPasswordLink> {
    return await this.#sql.begin(async (sql) => {
      // As everybody does who changes roles here: what is read holds until the commit.
      await sql`SELECT FROM organisations WHERE organisation_id = ${organisationId}
        FOR NO KEY UPDATE`;
      const [places] = await sql<Places[]>`
        SELECT
          (SELECT role FROM memberships
            WHERE organisation_id = ${organisationId} AND user_id = ${actorId}) AS actor_role,
          (SELECT role FROM memberships
            WHERE organisation_id = ${organisationId} AND user_id = ${userId}) AS role,
          EXISTS (SELECT FROM memberships
            WHERE organisation_id <> ${organisationId} AND user_id = ${userId}) AS elsewhere,
          EXISTS (SELECT FROM passwords WHERE user_id = ${userId}) AS has_password`;
      const { actor_role: actorRole, role, elsewhere, has_password: hasPassword } = places!;
      if (actorRole === null) throw forbidden("you are no member of this organisation any more");
      if (role === null) throw notFound("no such member");
      assertMayLink({ actorRole, role, own: actorId === userId, elsewhere, hasPassword });
      return await insertLink(sql, userId, { organisationId, role, issuedBy: actorId });
    });
  }

  async createFor(email: string): Promise<NewPasswordLink | undefined> {
    const [user] = await this.#sql<{ user_id: string }[]>`
      SELECT user_id FROM users WHERE lower(email) = lower(${email})`;
    return user && await insertLink(this.#sql, user.user_id, undefined);
  }

  async isGood(tokenHash: Uint8Array): Promise<boolean> {
    const sql = this.#sql;
    const rows = await sql`
      SELECT FROM password_resets r WHERE r.token_hash = ${tokenHash} AND ${isGood(sql)}`;
    return rows.length > 0;
  }

  async use(tokenHash: Uint8Array, passwordHash: string): Promise<PasswordReset | undefined> {
    return await this.#sql.begin(async (sql) => {
      // Whoever becomes a member somewhere waits here, or is seen by the next statement.
      await sql`SELECT FROM users WHERE user_id = (
        SELECT user_id FROM password_resets WHERE token_hash = ${tokenHash}
      ) FOR UPDATE`;
      const [reset] = await sql<PasswordReset[]>`
        DELETE FROM password_resets r WHERE r.token_hash = ${tokenHash} AND ${isGood(sql)}
        RETURNING r.user_id AS "userId", r.organisation_id AS "organisationId"`;
      if (reset === undefined) return undefined;
      await sql`
        INSERT INTO passwords (user_id, hash) VALUES (${reset.userId}, ${passwordHash})
        ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = now()`;
      await sql`UPDATE login_sessions SET revoked_at = now()
        WHERE user_id = ${reset.userId} AND revoked_at IS NULL`;
      return reset;
    });
  }
}

async function insertLink(
  sql: postgres.ISql,
  userId: string,
  issued: Issued | undefined,
): Promise<NewPasswordLink> {
  const token = createSecretToken();
  const [row] = await sql<{ expires_at: Date }[]>`
    INSERT INTO password_resets
      (user_id, token_hash, organisation_id, role, issued_by, expires_at)
    VALUES (${userId}, ${await hashSecretToken(token)}, ${issued?.organisationId ?? null},
      ${issued?.role ?? null}, ${issued?.issuedBy ?? null},
      now() + ${PASSWORD_LINK_LIFETIME_H} * interval '1 hour')
    ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,
      organisation_id = excluded.organisation_id, role = excluded.role,
      issued_by = excluded.issued_by, created_at = now(), expires_at = excluded.expires_at
    RETURNING expires_at`;
  return { userId, token, expiresAt: row!.expires_at };
}

function isGood(sql: postgres.ISql) {
  return sql`r.expires_at > now()
    AND EXISTS (SELECT FROM users u WHERE u.user_id = r.user_id AND u.disabled_at IS NULL)
    AND (r.organisation_id IS NULL OR (
      EXISTS (SELECT FROM memberships m WHERE m.organisation_id = r.organisation_id
        AND m.user_id = r.user_id AND m.role = r.role)
      AND NOT EXISTS (SELECT FROM memberships m WHERE m.organisation_id <> r.organisation_id
        AND m.user_id = r.user_id)
      AND EXISTS (
        SELECT FROM memberships m JOIN users i USING (user_id)
        WHERE m.organisation_id = r.organisation_id AND m.user_id = r.issued_by
          AND i.disabled_at IS NULL
          AND (m.role = 'owner' OR m.role = 'admin' AND r.role <> 'owner'))))`;
}

import type postgres from "postgres";
import { claimsQuota } from "../../organisation/quota/postgres_quota_store.ts";
import type { Quotas } from "../../organisation/quota/quota.ts";
import { conflict } from "../../rest/api_error.ts";
import { storeEvent } from "../../webhook/postgres_event_publisher.ts";
import type {
  Account,
  AccountDirectory,
  AccountMembership,
  Identity,
  NewAccount,
  NewMember,
  OpenInvitation,
} from "./account_directory.ts";
import type { MembershipRole } from "../scope.ts";

/** People in PostgreSQL (db/migrations/0002_accounts.sql). */
export class PostgresAccountDirectory implements AccountDirectory {
  readonly #sql: postgres.Sql;
  readonly #quotas: Quotas;

  /** @param quotas those of organisations without numbers of their own. */
  constructor(sql: postgres.Sql, quotas: Quotas) {
    this.#sql = sql;
    this.#quotas = quotas;
  }

  async find(userId: string): Promise<Account | undefined> {
    return await findAccount(this.#sql, userId);
  }

  async findByEmail(email: string): Promise<Account | undefined> {
    const sql = this.#sql;
    const [row] = await sql<Account[]>`
      SELECT ${accountColumns(sql)} FROM users u WHERE lower(u.email) = lower(${email})`;
    return row;
  }

  async findByIdentity({ issuer, subject }: Identity): Promise<Account | undefined> {
    const sql = this.#sql;
    const [row] = await sql<Account[]>`
      SELECT ${accountColumns(sql)} FROM users u JOIN identities i USING (user_id)
      WHERE i.issuer = ${issuer} AND i.subject = ${subject}`;
    return row;
  }

  async passwordHash(userId: string): Promise<string | undefined> {
    const [row] = await this.#sql<{ hash: string }[]>`
      SELECT hash FROM passwords WHERE user_id = ${userId}`;
    return row?.hash;
  }

  async setPassword(userId: string, passwordHash: string, keptSessionId: string): Promise<void> {
    await this.#sql.begin(async (sql) => {
      await sql`
        INSERT INTO passwords (user_id, hash) VALUES (${userId}, ${passwordHash})
        ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = now()`;
      await sql`UPDATE login_sessions SET revoked_at = now()
        WHERE user_id = ${userId} AND session_id <> ${keptSessionId} AND revoked_at IS NULL`;
      await sql`DELETE FROM password_resets WHERE user_id = ${userId}`;
    });
  }

  async createUser(email: string, person: NewAccount): Promise<Account> {
    return await this.#sql.begin((sql) => insertAccount(sql, email, person));
  }

  async linkIdentity(userId: string, identity: Identity): Promise<void> {
    await this.#sql.begin(async (sql) => {
      const known = await sql`SELECT FROM identities WHERE user_id = ${userId}`;
      await insertIdentity(sql, userId, identity);
      // The address was proven before: whoever has the account is its owner.
      if (known.length > 0) return;
      const ended = await sql`DELETE FROM passwords WHERE user_id = ${userId}`;
      if (ended.count === 0) return;
      await sql`UPDATE login_sessions SET revoked_at = now()
        WHERE user_id = ${userId} AND revoked_at IS NULL`;
    });
  }

  async membershipsOf(userId: string): Promise<AccountMembership[]> {
    return [
      ...await this.#sql<AccountMembership[]>`
        SELECT o.organisation_id AS "organisationId", o.slug, o.name, m.role
        FROM memberships m JOIN organisations o USING (organisation_id)
        WHERE m.user_id = ${userId} ORDER BY m.created_at, m.organisation_id`,
    ];
  }

  async findInvitation(tokenHash: Uint8Array): Promise<OpenInvitation | undefined> {
    const sql = this.#sql;
    const [row] = await sql<OpenInvitation[]>`
      SELECT i.organisation_id AS "organisationId", i.email FROM invitations i
      WHERE i.token_hash = ${tokenHash} AND ${isOpen(sql)}`;
    return row;
  }

  async acceptInvitation(
    tokenHash: Uint8Array,
    person: { readonly userId: string } | NewAccount,
  ): Promise<NewMember | undefined> {
    return await this.#sql.begin(async (sql) => {
      // The organisation first, as everybody locks it who counts its members.
      await sql`SELECT FROM organisations WHERE organisation_id = (
        SELECT organisation_id FROM invitations WHERE token_hash = ${tokenHash}
      ) FOR NO KEY UPDATE`;
      const [invitation] = await sql<
        { organisationId: string; email: string; role: MembershipRole }[]
      >`
        UPDATE invitations i SET accepted_at = now()
        WHERE i.token_hash = ${tokenHash} AND ${isOpen(sql)}
        RETURNING i.organisation_id AS "organisationId", i.email, i.role`;
      if (invitation === undefined) return undefined;
      const { organisationId, email, role } = invitation;
      const account = "userId" in person
        ? await findAccount(sql, person.userId)
        : await insertAccount(sql, email, person);
      if (account === undefined) throw new Error("the account of an accepted invitation is gone");
      await insertMembership(sql, { account, organisationId, role });
      return { account, organisationId, role };
    });
  }

  async join(
    slug: string,
    person: { readonly userId: string } | NewAccount & { readonly email: string },
  ): Promise<NewMember | undefined> {
    return await this.#sql.begin(async (sql) => {
      const [organisation] = await sql<{ organisationId: string }[]>`
        SELECT organisation_id AS "organisationId" FROM organisations WHERE slug = ${slug}`;
      if (organisation === undefined) return undefined;
      const { organisationId } = organisation;
      const [quota] = await sql<{ claimed: boolean }[]>`
        SELECT ${claimsQuota(sql, organisationId, "members", this.#quotas)} AS claimed`;
      if (!quota!.claimed) return undefined;
      const account = "userId" in person
        ? await findAccount(sql, person.userId)
        : await insertAccount(sql, person.email, person);
      if (account === undefined) return undefined;
      const membership = { account, organisationId, role: "member" as const };
      await insertMembership(sql, membership);
      return membership;
    });
  }
}

function accountColumns(sql: postgres.ISql) {
  return sql`u.user_id AS "userId", u.email, u.display_name AS "displayName", u.locale,
    u.time_zone AS "timeZone", u.disabled_at IS NOT NULL AS disabled`;
}

function isOpen(sql: postgres.ISql) {
  // Whoever was disabled since then lets nobody in either.
  return sql`i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
    AND NOT EXISTS (
      SELECT FROM users u WHERE u.user_id = i.invited_by AND u.disabled_at IS NOT NULL)`;
}

async function findAccount(sql: postgres.ISql, userId: string): Promise<Account | undefined> {
  const [row] = await sql<Account[]>`
    SELECT ${accountColumns(sql)} FROM users u WHERE u.user_id = ${userId}`;
  return row;
}

async function insertAccount(
  sql: postgres.ISql,
  email: string,
  { displayName, passwordHash, identity }: NewAccount,
): Promise<Account> {
  const [account] = await sql<Account[]>`
    INSERT INTO users AS u (email, display_name) VALUES (${email}, ${displayName})
    ON CONFLICT DO NOTHING RETURNING ${accountColumns(sql)}`;
  if (account === undefined) throw conflict("this address has an account already");
  if (passwordHash !== undefined) {
    await sql`INSERT INTO passwords (user_id, hash) VALUES (${account.userId}, ${passwordHash})`;
  }
  if (identity !== undefined) await insertIdentity(sql, account.userId, identity);
  return account;
}

async function insertIdentity(
  sql: postgres.ISql,
  userId: string,
  { issuer, subject }: Identity,
): Promise<void> {
  await sql`INSERT INTO identities (issuer, subject, user_id)
    VALUES (${issuer}, ${subject}, ${userId}) ON CONFLICT DO NOTHING`;
}

/** Whoever is a member already stays what they are. */
async function insertMembership(
  sql: postgres.TransactionSql,
  { account, organisationId, role }: NewMember,
): Promise<void> {
  const { userId, email } = account;
  const inserted = await sql`
    INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${organisationId}, ${userId}, ${role}) ON CONFLICT DO NOTHING`;
  if (inserted.count === 0) return;
  await storeEvent(sql, {
    organisationId,
    type: "member.joined",
    data: { user_id: userId, email, role },
  });
}

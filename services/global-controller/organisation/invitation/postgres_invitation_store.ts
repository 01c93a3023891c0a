import type postgres from "postgres";
import type { MembershipRole } from "../../auth/scope.ts";
import { conflict, forbidden, notFound } from "../../rest/api_error.ts";
import { type Page, pageOf } from "../../rest/cursor.ts";
import { isAfter, pageTime } from "../../rest/postgres_page.ts";
import { type Invitation, INVITATION_LIFETIME_DAYS, type NewInvitation } from "./invitation.ts";
import type { InvitationRequest, InvitationStore } from "./invitation_store.ts";
import { claimsQuota, PostgresQuotaStore } from "../quota/postgres_quota_store.ts";
import { quotaExceeded, type Quotas } from "../quota/quota.ts";
import { createSecretToken, hashSecretToken } from "../secret_token.ts";

/** Invitations in PostgreSQL (db/migrations/). */
export class PostgresInvitationStore implements InvitationStore {
  readonly #sql: postgres.Sql;
  readonly #defaults: Quotas;

  /** @param defaults the quotas of organisations without numbers of their own. */
  constructor(sql: postgres.Sql, defaults: Quotas) {
    this.#sql = sql;
    this.#defaults = defaults;
  }

  async create(request: InvitationRequest): Promise<NewInvitation> {
    const { organisationId, email, role, invitedBy } = request;
    const token = createSecretToken();
    const tokenHash = await hashSecretToken(token);
    const invitation = await this.#sql.begin(async (transaction) => {
      await assertNoMember(transaction, organisationId, email);
      if (invitedBy !== null) {
        await assertMayInvite(transaction, organisationId, invitedBy, role);
      }
      await transaction`
        UPDATE invitations i SET revoked_at = now()
        WHERE organisation_id = ${organisationId} AND lower(email) = lower(${email})
          AND ${isOpen(transaction)}`;
      const [row] = await transaction<Invitation[]>`
        INSERT INTO invitations AS i
          (organisation_id, email, role, token_hash, invited_by, expires_at)
        SELECT ${organisationId}, ${email}, ${role}, ${tokenHash}, ${invitedBy},
          now() + ${INVITATION_LIFETIME_DAYS} * interval '1 day'
        WHERE ${claimsQuota(transaction, organisationId, "members", this.#defaults)}
        RETURNING ${invitationColumns(transaction)}`;
      return row;
    });
    if (invitation !== undefined) return { invitation, token };
    const { maxMembers } = await new PostgresQuotaStore(this.#sql, this.#defaults)
      .quotasOf(organisationId);
    throw quotaExceeded("members", maxMembers);
  }

  async list(organisationId: string, { limit, after }: Page) {
    const sql = this.#sql;
    const rows = await sql<(Invitation & { pageTime: string })[]>`
      SELECT ${invitationColumns(sql)}, ${pageTime(sql, "i.created_at")} AS "pageTime"
      FROM invitations i
      WHERE i.organisation_id = ${organisationId}
        AND ${isAfter(sql, "i.created_at", "i.invitation_id", after)}
      ORDER BY i.created_at DESC, i.invitation_id DESC LIMIT ${limit + 1}`;
    return pageOf(rows, limit, (row) => ({ time: row.pageTime, id: row.invitationId }));
  }

  async revoke(organisationId: string, invitationId: string): Promise<boolean> {
    const sql = this.#sql;
    const revoked = await sql`
      UPDATE invitations i SET revoked_at = now()
      WHERE organisation_id = ${organisationId} AND invitation_id = ${invitationId}
        AND revoked_at IS NULL AND accepted_at IS NULL`;
    if (revoked.count > 0) return true;
    const [row] = await sql<Invitation[]>`
      SELECT ${invitationColumns(sql)} FROM invitations i
      WHERE organisation_id = ${organisationId} AND invitation_id = ${invitationId}`;
    if (row === undefined) throw notFound("no such invitation");
    if (row.status === "accepted") throw conflict("the invitation has been accepted");
    return false;
  }

  async findByToken(token: string) {
    const sql = this.#sql;
    const [row] = await sql<(Invitation & { organisationName: string })[]>`
      SELECT ${invitationColumns(sql)}, o.name AS "organisationName"
      FROM invitations i JOIN organisations o USING (organisation_id)
      WHERE i.token_hash = ${await hashSecretToken(token)}`;
    return row;
  }
}

/** Holds the organisation's lock from here on, so that nobody becomes a member meanwhile. */
async function assertNoMember(
  transaction: postgres.TransactionSql,
  organisationId: string,
  email: string,
): Promise<void> {
  await transaction`SELECT FROM organisations WHERE organisation_id = ${organisationId}
    FOR NO KEY UPDATE`;
  const members = await transaction`
    SELECT FROM memberships JOIN users USING (user_id)
    WHERE organisation_id = ${organisationId} AND lower(email) = lower(${email})`;
  if (members.length > 0) throw conflict("this address is a member's already");
}

async function assertMayInvite(
  transaction: postgres.TransactionSql,
  organisationId: string,
  invitedBy: string,
  role: MembershipRole,
): Promise<void> {
  const [inviter] = await transaction<{ role: MembershipRole }[]>`
    SELECT role FROM memberships
    WHERE organisation_id = ${organisationId} AND user_id = ${invitedBy}`;
  const mayInvite = inviter?.role === "owner" || (inviter?.role === "admin" && role !== "owner");
  if (!mayInvite) throw forbidden("you may not invite in this role any more");
}

function isOpen(sql: postgres.ISql) {
  return sql`i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()`;
}

function invitationColumns(sql: postgres.ISql) {
  return sql`
    i.invitation_id AS "invitationId", i.organisation_id AS "organisationId", i.email, i.role,
    CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
      WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END AS status,
    i.created_at AS "createdAt", i.expires_at AS "expiresAt"`;
}

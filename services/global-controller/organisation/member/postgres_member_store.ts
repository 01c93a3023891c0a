import type postgres from "postgres";
import type { MembershipRole } from "../../auth/scope.ts";
import { forbidden, notFound } from "../../rest/api_error.ts";
import { type Page, pageOf } from "../../rest/cursor.ts";
import { isAfter, pageTime } from "../../rest/postgres_page.ts";
import { storeEvent } from "../../webhook/postgres_event_publisher.ts";
import type { Member } from "./member.ts";
import type { MembershipActor, MemberStore } from "./member_store.ts";
import { assertMembershipChange } from "./membership_rules.ts";

interface LockedPlaces {
  readonly actor_role: MembershipRole | null;
  readonly previous_role: MembershipRole | null;
  readonly other_owners: number;
}

/** Members in PostgreSQL (db/migrations/). */
export class PostgresMemberStore implements MemberStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async list(organisationId: string, { limit, after }: Page) {
    const sql = this.#sql;
    const rows = await sql<(Member & { pageTime: string })[]>`
      SELECT ${memberColumns(sql)}, ${pageTime(sql, "m.created_at")} AS "pageTime"
      FROM memberships m JOIN users u USING (user_id)
      WHERE m.organisation_id = ${organisationId}
        AND ${isAfter(sql, "m.created_at", "m.user_id", after)}
      ORDER BY m.created_at DESC, m.user_id DESC LIMIT ${limit + 1}`;
    return pageOf(rows, limit, (row) => ({ time: row.pageTime, id: row.userId }));
  }

  async changeRole(
    organisationId: string,
    userId: string,
    role: MembershipRole,
    actor: MembershipActor,
  ): Promise<{ member: Member; previousRole: MembershipRole }> {
    return await this.#sql.begin(async (transaction) => {
      const previousRole = await assertAllowed(transaction, organisationId, userId, role, actor);
      const [member] = await transaction<Member[]>`
        WITH changed AS (
          UPDATE memberships SET role = ${role}
          WHERE organisation_id = ${organisationId} AND user_id = ${userId} RETURNING *
        )
        SELECT ${memberColumns(transaction)} FROM changed m JOIN users u USING (user_id)`;
      await revokeInvitations(transaction, organisationId, userId, role);
      return { member: member!, previousRole };
    });
  }

  async remove(organisationId: string, userId: string, actor: MembershipActor): Promise<void> {
    await this.#sql.begin(async (transaction) => {
      await assertAllowed(transaction, organisationId, userId, undefined, actor);
      await transaction`DELETE FROM memberships
        WHERE organisation_id = ${organisationId} AND user_id = ${userId}`;
      await revokeInvitations(transaction, organisationId, userId, undefined);
      await storeEvent(transaction, {
        organisationId,
        type: "member.removed",
        data: { organisation_id: organisationId, user_id: userId },
      });
    });
  }
}

/** Ends the open invitations that somebody made who, in this role, could make them no more. */
async function revokeInvitations(
  transaction: postgres.TransactionSql,
  organisationId: string,
  invitedBy: string,
  role: MembershipRole | undefined,
): Promise<void> {
  if (role === "owner") return;
  await transaction`
    UPDATE invitations SET revoked_at = now()
    WHERE organisation_id = ${organisationId} AND invited_by = ${invitedBy}
      AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
      AND (${role !== "admin"} OR role = 'owner')`;
}

/** Reads everybody's place under the organisation's lock: what it allows holds until the commit. */
async function assertAllowed(
  transaction: postgres.TransactionSql,
  organisationId: string,
  userId: string,
  nextRole: MembershipRole | undefined,
  actor: MembershipActor,
): Promise<MembershipRole> {
  await transaction`SELECT FROM organisations WHERE organisation_id = ${organisationId}
    FOR NO KEY UPDATE`;
  const [places] = await transaction<LockedPlaces[]>`
    SELECT
      (SELECT role FROM memberships
        WHERE organisation_id = ${organisationId} AND user_id = ${actor.userId}) AS actor_role,
      (SELECT role FROM memberships
        WHERE organisation_id = ${organisationId} AND user_id = ${userId}) AS previous_role,
      (SELECT count(*)::int FROM memberships m JOIN users u USING (user_id)
        WHERE m.organisation_id = ${organisationId} AND m.role = 'owner'
          AND m.user_id <> ${userId} AND u.disabled_at IS NULL) AS other_owners`;
  const { actor_role, previous_role, other_owners } = places!;
  const actorRole = actor.userId === null ? "admin" : actor_role;
  if (actorRole === null) throw forbidden("you are no member of this organisation any more");
  if (previous_role === null) throw notFound("no such member");
  assertMembershipChange({
    actorRole,
    own: actor.userId === userId,
    previousRole: previous_role,
    nextRole,
    otherOwners: other_owners,
  });
  return previous_role;
}

function memberColumns(sql: postgres.ISql) {
  return sql`
    u.user_id AS "userId", u.email, u.display_name AS "displayName", m.role,
    u.disabled_at IS NOT NULL AS disabled, m.created_at AS "joinedAt"`;
}

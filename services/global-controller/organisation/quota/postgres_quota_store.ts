import type postgres from "postgres";
import { notFound } from "../../rest/api_error.ts";
import {
  type CountedQuota,
  MAX_QUOTA,
  quotaExceeded,
  type Quotas,
  type QuotaStore,
  type QuotaUsage,
} from "./quota.ts";

/**
 * A condition for the statement that adds what `quota` counts: false when the organisation has as
 * much as it may. See {@link QuotaStore}; exact under parallel requests.
 *
 * @param organisationId null has no quota.
 */
export function claimsQuota(
  sql: postgres.ISql,
  organisationId: string | null,
  quota: CountedQuota,
  defaults: Quotas,
): postgres.PendingQuery<postgres.Row[]> {
  return sql`claim_quota(${organisationId}::uuid, ${quota}::text, ${
    limitIn(quota, defaults)
  }::integer)`;
}

/** Quotas in PostgreSQL, over the operator's defaults. */
export class PostgresQuotaStore implements QuotaStore {
  readonly #sql: postgres.Sql;
  readonly #defaults: Quotas;

  constructor(sql: postgres.Sql, defaults: Quotas) {
    this.#sql = sql;
    this.#defaults = defaults;
  }

  async quotasOf(organisationId: string): Promise<Quotas> {
    const { maxMembers, maxOpenMeetings, maxParticipants } = this.#defaults;
    const [row] = await this.#sql<Quotas[]>`
      SELECT coalesce(max_members, ${maxMembers}) AS "maxMembers",
        coalesce(max_open_meetings, ${maxOpenMeetings}) AS "maxOpenMeetings",
        coalesce(max_participants, ${maxParticipants}) AS "maxParticipants"
      FROM organisations WHERE organisation_id = ${organisationId}`;
    if (row === undefined) throw notFound("no such organisation");
    return { ...row };
  }

  async usageOf(organisationId: string): Promise<QuotaUsage> {
    const [row] = await this.#sql<QuotaUsage[]>`
      SELECT quota_usage(${organisationId}, 'members', ${MAX_QUOTA})::int AS members,
        quota_usage(${organisationId}, 'open_meetings', ${MAX_QUOTA})::int AS "openMeetings"`;
    return { ...row! };
  }

  async assertWithinQuota(organisationId: string | null, quota: CountedQuota): Promise<void> {
    if (organisationId === null) return;
    const limit = limitIn(quota, await this.quotasOf(organisationId));
    const [row] = await this.#sql<{ used: number }[]>`
      SELECT quota_usage(${organisationId}, ${quota}, ${limit})::int AS used`;
    if (row!.used >= limit) throw quotaExceeded(quota, limit);
  }

  async assertMaxParticipants(
    organisationId: string | null,
    maxParticipants: number,
  ): Promise<void> {
    const { maxParticipants: limit } = organisationId === null
      ? this.#defaults
      : await this.quotasOf(organisationId);
    if (maxParticipants > limit) throw quotaExceeded("participants", limit);
  }
}

function limitIn(quota: CountedQuota, quotas: Quotas): number {
  return quota === "members" ? quotas.maxMembers : quotas.maxOpenMeetings;
}

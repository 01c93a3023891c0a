import { ApiError } from "../../rest/api_error.ts";

/** The most that one organisation may have; the operator's settings, or its own. */
export interface Quotas {
  /** Members and open invitations. */
  readonly maxMembers: number;
  /** Meetings that have not ended. */
  readonly maxOpenMeetings: number;
  /** The most that a meeting may set as its own bound. */
  readonly maxParticipants: number;
}

/** What holds without settings: generous. */
export const DEFAULT_QUOTAS: Quotas = {
  maxMembers: 10_000,
  maxOpenMeetings: 10_000,
  maxParticipants: 10_000,
};
/** The most that a setting or an operator may allow. */
export const MAX_QUOTA = 1_000_000;

/** Quotas that count rows. */
export type CountedQuota = "members" | "open_meetings";

/** How much of its quotas an organisation uses. */
export interface QuotaUsage {
  readonly members: number;
  readonly openMeetings: number;
}

/**
 * What organisations may have.
 *
 * Exact under parallel requests is only the condition `claimsQuota` of `postgres_quota_store.ts`
 * within the statement that adds the row:
 *
 *     INSERT INTO meetings (…) SELECT …
 *     WHERE ${claimsQuota(sql, organisationId, "open_meetings", defaults)} RETURNING …
 *
 * It takes a lock of the organisation until the transaction ends: where the last places are given
 * out, those who add at the same time wait for each other. When no row comes back, {@link QuotaStore.assertWithinQuota} tells
 * whether the quota was why.
 */
export interface QuotaStore {
  /**
   * What applies to the organisation: its own numbers where the operator gave it some.
   *
   * @throws {ApiError} NOT_FOUND when it does not exist.
   */
  quotasOf(organisationId: string): Promise<Quotas>;

  /** What it has now. */
  usageOf(organisationId: string): Promise<QuotaUsage>;

  /**
   * Nothing while the organisation may have one more; null (a guest's) always may.
   *
   * @throws {ApiError} QUOTA_EXCEEDED (403) with `details` `{quota, limit}`.
   */
  assertWithinQuota(organisationId: string | null, quota: CountedQuota): Promise<void>;

  /**
   * Nothing while a meeting of the organisation may hold this many; null (a guest's) follows the
   * operator's default.
   *
   * @throws {ApiError} QUOTA_EXCEEDED (403) with `details` `{quota: "participants", limit}`.
   */
  assertMaxParticipants(organisationId: string | null, maxParticipants: number): Promise<void>;
}

/** What a 403 may name; only some of it has numbers of its own. */
export type BoundedThing = CountedQuota | "participants" | "api_keys" | "api_clients";

const BOUNDED_THINGS: Readonly<Record<BoundedThing, string>> = {
  members: "members",
  open_meetings: "open meetings",
  participants: "participants",
  api_keys: "API keys",
  api_clients: "API clients",
};

/** 403: the organisation has as much as it may. */
export function quotaExceeded(quota: BoundedThing, limit: number): ApiError {
  const what = BOUNDED_THINGS[quota];
  return new ApiError(403, "QUOTA_EXCEEDED", `no more than ${limit} ${what} are allowed`, {
    details: { quota, limit },
  });
}

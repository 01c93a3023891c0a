import type { Organisation, OrganisationChange, QuotaChange } from "./organisation.ts";

/** An organisation as the operator sees it. */
export interface OperatedOrganisation extends Organisation {
  readonly members: number;
  readonly openMeetings: number;
  /** Its own quotas; null: the operator's default. */
  readonly maxMembers: number | null;
  readonly maxOpenMeetings: number | null;
  readonly maxParticipants: number | null;
}

/** The organisations. */
export interface OrganisationStore {
  find(organisationId: string): Promise<Organisation | undefined>;
  findBySlug(slug: string): Promise<Organisation | undefined>;

  /** @throws {ApiError} CONFLICT when the slug is taken. */
  create(slug: string, name: string): Promise<Organisation>;

  /**
   * Changes the organisation, which gets the next version.
   *
   * @param version the one that the caller means; undefined: any.
   * @throws {ApiError} NOT_FOUND, PRECONDITION_FAILED at another version, CONFLICT when the slug is
   *   taken.
   */
  update(
    organisationId: string,
    change: OrganisationChange,
    version: number | undefined,
  ): Promise<Organisation>;

  /** Gives the organisation quotas of its own; undefined when there is no such slug. */
  setQuotas(slug: string, quotas: QuotaChange): Promise<Organisation | undefined>;

  /** All of them by their slugs, from `afterSlug` on: for the operator. */
  list(afterSlug: string, limit: number): Promise<OperatedOrganisation[]>;
}

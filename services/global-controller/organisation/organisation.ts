import type { Quotas } from "./quota/quota.ts";

/** Longest name of an organisation, an API client or an API key, UTF-16 units. */
export const MAX_NAME_LENGTH = 200;
/** Longest slug, characters: a DNS label's. */
export const MAX_SLUG_LENGTH = 63;
/** What a slug looks like: words of small letters and digits, with a hyphen between. */
export const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** A tenant: people and programs whose meetings, credentials and logs are nobody else's. */
export interface Organisation {
  readonly organisationId: string;
  /** In links; unique. */
  readonly slug: string;
  readonly name: string;
  /** For If-Match. */
  readonly version: number;
  readonly createdAt: Date;
}

/** What may change of an organisation by its own people. */
export interface OrganisationChange {
  readonly name?: string;
  readonly slug?: string;
}

/** Quotas of its own; null: the operator's default, undefined: as they are. */
export type QuotaChange = { readonly [Quota in keyof Quotas]?: number | null };

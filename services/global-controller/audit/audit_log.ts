import type { JsonValue } from "../rest/json_value.ts";

/** The chain of what belongs to no organisation: what the operator did, and guests. */
export const OPERATOR_CHAIN = "00000000-0000-0000-0000-000000000000";

/** Something that was done, and by whom. */
export interface AuditEntry {
  /** Whose log it belongs to; null: the operator's own. */
  readonly organisationId: string | null;
  /** Such as `user:<id>`, `client:<id>`, `key:<id>`, `service:<name>`, `participant:<id>`, `address:<network>`. */
  readonly actor: string;
  /** `noun.verb_past`, such as `meeting.ended`. */
  readonly action: string;
  /** What it was done to, such as `meeting:<id>`. */
  readonly target: string;
  /** What else has to be known; never a secret. */
  readonly details?: Readonly<Record<string, JsonValue>>;
  readonly requestId?: string;
  /** The address that the request came from. */
  readonly address?: string;
}

/** A log that grows and is never changed. */
export interface AuditLog {
  /**
   * Resolves once the entry is kept for good. Texts are cut at their bounds rather than refused: what
   * was done must be told.
   *
   * @throws {ApiError} SERVICE_UNAVAILABLE when more entries wait than may.
   */
  record(entry: AuditEntry): Promise<void>;
}

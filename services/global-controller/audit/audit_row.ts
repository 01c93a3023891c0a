import { createHash } from "node:crypto";
import type { JsonValue } from "../rest/json_value.ts";
import { canonicalJson } from "./canonical_json.ts";

/** A row of the audit log as it is kept, hashed and exported; hashes are 64 hexadecimal digits. */
export interface AuditRow {
  readonly organisationId: string;
  /** From 1 without gaps within one organisation. */
  readonly sequence: number;
  /** RFC 3339 in UTC with microseconds, such as `2026-11-21T18:15:45.000001Z`. */
  readonly occurredAt: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** The JSON text as it is kept. */
  readonly details: string;
  readonly requestId: string | null;
  readonly address: string | null;
  /** The hash of the row before it; `GENESIS_HASH` for the first. */
  readonly previousHash: string;
  readonly rowHash: string;
}

/** What the first row of a chain follows. */
export const GENESIS_HASH = "0".repeat(64);

/** A row as JSON, whose canonical form without `row_hash` is what its hash is made of. */
export function auditRowJson(row: AuditRow) {
  return {
    sequence: row.sequence,
    occurred_at: row.occurredAt,
    organisation_id: row.organisationId,
    actor: row.actor,
    action: row.action,
    target: row.target,
    details: JSON.parse(row.details) as Record<string, JsonValue>,
    request_id: row.requestId,
    address: row.address,
    previous_hash: row.previousHash,
    row_hash: row.rowHash,
  };
}

/**
 * SHA-256 over UTF-8 of the row's canonical JSON (RFC 8785) without `row_hash`, as hexadecimal
 * digits. Undefined for a row that cannot have been written so: its `details` are not canonical.
 */
export function auditRowHash(row: AuditRow): string | undefined {
  try {
    const { row_hash: _, ...hashed } = auditRowJson(row);
    if (canonicalJson(hashed.details) !== row.details) return undefined;
    return createHash("sha256").update(canonicalJson(hashed)).digest("hex");
  } catch {
    return undefined;
  }
}

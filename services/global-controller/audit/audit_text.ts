import type { JsonValue } from "../rest/json_value.ts";
import type { AuditEntry } from "./audit_log.ts";
import { canonicalJson } from "./canonical_json.ts";

/** Longest text of an entry, UTF-16 code units; more is cut off. */
export const MAX_AUDIT_TEXT_LENGTH = 500;
/** Longest details as canonical JSON, UTF-16 code units; longer ones are left out, saying so. */
export const MAX_AUDIT_DETAILS_LENGTH = 16_384;

/** An entry as texts that PostgreSQL can keep and that have one canonical form. */
export interface AuditTexts {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** Canonical JSON. */
  readonly details: string;
  readonly requestId: string | null;
  readonly address: string | null;
}

/** Cuts the texts of `entry` at their bounds and replaces what PostgreSQL cannot keep by U+FFFD. */
export function auditTexts(entry: AuditEntry): AuditTexts {
  const optional = (text: string | undefined) => text === undefined ? null : boundedText(text);
  return {
    actor: boundedText(entry.actor),
    action: boundedText(entry.action),
    target: boundedText(entry.target),
    details: boundedDetails(entry.details ?? {}),
    requestId: optional(entry.requestId),
    address: optional(entry.address),
  };
}

function boundedText(text: string): string {
  return keepable(text.slice(0, MAX_AUDIT_TEXT_LENGTH));
}

function keepable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

function boundedDetails(details: Readonly<Record<string, JsonValue>>): string {
  const text = canonicalJson(keepableJson(details));
  if (text.length <= MAX_AUDIT_DETAILS_LENGTH) return text;
  return canonicalJson({ details_left_out: true, length: text.length });
}

function keepableJson(value: JsonValue): JsonValue {
  if (typeof value === "string") return keepable(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(keepableJson);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [keepable(name), keepableJson(member)]),
  );
}

import { z } from "@hono/zod-openapi";
import { nextCursor, pageQuery } from "../rest/cursor.ts";
import { instant } from "../rest/instant.ts";
import { text } from "../rest/text.ts";
import { type AuditRow, auditRowJson } from "./audit_row.ts";
import { MAX_AUDIT_TEXT_LENGTH } from "./audit_text.ts";
import type { ChainVerdict } from "./chain_verifier.ts";

const period = {
  from: instant.optional().openapi({ description: "The first instant" }),
  to: instant.optional().openapi({ description: "The instant behind the last one" }),
};

export const AuditExportQuery = z.object(period);

export const AuditListQuery = z.object({
  ...pageQuery,
  ...period,
  action: text(MAX_AUDIT_TEXT_LENGTH).optional().openapi({ example: "meeting.ended" }),
  actor: text(MAX_AUDIT_TEXT_LENGTH).optional().openapi({ example: "client:billing" }),
});

export const AuditRowMessage = z.object({
  sequence: z.number().int().openapi({ description: "From 1 without gaps" }),
  occurred_at: z.string().openapi({ description: "UTC with microseconds" }),
  organisation_id: z.uuid(),
  actor: z.string().openapi({
    description: "user:…, client:…, key:…, service:…, participant:… or address:…",
  }),
  action: z.string(),
  target: z.string(),
  details: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  previous_hash: z.string().openapi({ description: "row_hash of the row before it" }),
  row_hash: z.string().openapi({
    description:
      "SHA-256, hexadecimal, of this object without row_hash as canonical JSON (RFC 8785)",
  }),
}).openapi("AuditRow");

export const AuditListResponse = z.object({
  audit_log: z.array(AuditRowMessage),
  next_cursor: nextCursor,
}).openapi("AuditList");

export const AuditVerdictResponse = z.object({
  valid: z.boolean(),
  rows: z.number().int().openapi({ description: "Rows that were looked at" }),
  first_invalid: z.object({
    sequence: z.number().int(),
    fault: z.enum(["changed", "missing", "inserted"]),
  }).nullable(),
}).openapi("AuditVerdict");

/** A row as lists and exports show it. */
export function writeAuditRow(row: AuditRow) {
  const { details, ...rest } = auditRowJson(row);
  return { ...rest, details: details as Record<string, unknown> };
}

/** A row as one line of an export (newline-delimited JSON). */
export function writeAuditLine(row: AuditRow): string {
  return `${JSON.stringify(auditRowJson(row))}\n`;
}

/** What a verification found. */
export function writeVerdict(verdict: ChainVerdict) {
  return {
    valid: verdict.valid,
    rows: verdict.rows,
    first_invalid: verdict.valid ? null : verdict.firstInvalid,
  };
}

import type { AuditRow } from "./audit_row.ts";
import { canonicalJson } from "./canonical_json.ts";
import { AuditRowMessage } from "./audit_messages.ts";

/** Longest line of an export, UTF-16 code units: details and texts at their bounds, escaped. */
const MAX_LINE_LENGTH = 256 * 1024;

/** A line of an export that is no row. */
export class AuditExportError extends Error {
  override readonly name = "AuditExportError";
}

/**
 * The rows of an export (newline-delimited JSON), line by line.
 *
 * @throws {AuditExportError} at a line that is no row.
 */
export async function* parseAuditExport(
  bytes: ReadableStream<Uint8Array>,
): AsyncGenerator<AuditRow> {
  let number = 0;
  for await (const line of linesOf(bytes)) {
    number++;
    if (line.trim() !== "") yield parseRow(line, number);
  }
}

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
    if (rest.length > MAX_LINE_LENGTH) throw new AuditExportError("a line is too long for a row");
  }
  yield rest;
}

function parseRow(line: string, number: number): AuditRow {
  try {
    const row = AuditRowMessage.strict().parse(JSON.parse(line));
    return {
      organisationId: row.organisation_id,
      sequence: row.sequence,
      occurredAt: row.occurred_at,
      actor: row.actor,
      action: row.action,
      target: row.target,
      details: canonicalJson(row.details as Parameters<typeof canonicalJson>[0]),
      requestId: row.request_id,
      address: row.address,
      previousHash: row.previous_hash,
      rowHash: row.row_hash,
    };
  } catch (cause) {
    throw new AuditExportError(`line ${number} is no row of an audit log`, { cause });
  }
}

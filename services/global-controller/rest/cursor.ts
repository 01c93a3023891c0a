import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { z } from "@hono/zod-openapi";
import { invalidRequest } from "./api_error.ts";
import { isUuid } from "./uuid.ts";

/** How many items a page has unless the caller says otherwise. */
export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 100;
/** Longest text id in a cursor, UTF-16 units. */
const MAX_ID_LENGTH = 255;
/** Longest cursor: an id of non-ASCII text at its bound, in base64url. */
const MAX_CURSOR_LENGTH = 1_536;
const CHECKSUM_BYTES = 6;
const MICROSECONDS = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/;
const BIGINT = /^(0|[1-9][0-9]{0,17})$/;

/**
 * Where a row stands in a list that is ordered by time and then by id. The time is text with
 * microseconds, `2026-11-21T18:19:31.123456Z`, because a Date would cut PostgreSQL's timestamps to
 * milliseconds, and a page would skip or repeat rows of one millisecond. `postgres_page.ts` reads and
 * compares it in SQL.
 */
export interface PageKey {
  readonly time: string;
  readonly id: string;
}

/** Which rows a caller asks for. */
export interface Page {
  /** How many at most. */
  readonly limit: number;
  /** The row before the first one; undefined for the first page. */
  readonly after?: PageKey;
}

/** What the ids of a list's rows are in SQL; anything else in a cursor is refused. */
export type PageIdKind = "uuid" | "bigint" | "text";

/** The query fields of every list: `z.object({ ...pageQuery, … })`. */
export const pageQuery = {
  limit: z.string().regex(/^[0-9]{1,3}$/, "has to be a whole number").transform(Number)
    .pipe(z.number().int().min(1).max(MAX_PAGE_LIMIT)).optional().openapi({
      type: "integer",
      minimum: 1,
      maximum: MAX_PAGE_LIMIT,
      default: DEFAULT_PAGE_LIMIT,
      description: "How many items to answer at most",
    }),
  cursor: z.string().max(MAX_CURSOR_LENGTH).optional().openapi({
    description: "The next_cursor of the page before",
  }),
};

/** The `next_cursor` of every list's answer. */
export const nextCursor = z.string().nullable().openapi({
  description: "Cursor of the next page; null on the last one",
});

/**
 * Reads the fields of `pageQuery`.
 *
 * @throws {ApiError} INVALID_REQUEST for a cursor that this API never gave.
 */
export function parsePage(
  query: { readonly limit?: number; readonly cursor?: string },
  idKind: PageIdKind = "uuid",
): Page {
  const limit = query.limit ?? DEFAULT_PAGE_LIMIT;
  if (query.cursor === undefined) return { limit };
  return { limit, after: decodeCursor(query.cursor, idKind) };
}

/**
 * Makes a page of the rows that were found, the next page's first row perhaps among them: stores
 * read `limit + 1`.
 *
 * @param keyOf where a row stands; its time from `pageTime` of postgres_page.ts.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => PageKey,
): { readonly items: Row[]; readonly nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const isLastPage = rows.length <= limit || last === undefined;
  return { items, nextCursor: isLastPage ? null : encodeCursor(keyOf(last)) };
}

/** Opaque text that names a place in a list. */
export function encodeCursor({ time, id }: PageKey): string {
  if (!MICROSECONDS.test(time)) throw new TypeError(`"${time}" is no time with microseconds`);
  const content = Buffer.from(`${time}${id}`);
  return Buffer.concat([checksum(content), content]).toString("base64url");
}

/**
 * The place that a cursor names. A checksum finds what was mistyped or made up; whoever computes one
 * only moves within a list that is the caller's anyway, so it needs no key.
 *
 * @throws {ApiError} INVALID_REQUEST
 */
function decodeCursor(cursor: string, idKind: PageIdKind): PageKey {
  const bytes = Buffer.from(cursor, "base64url");
  const content = bytes.subarray(CHECKSUM_BYTES);
  const intact = bytes.toString("base64url") === cursor &&
    checksum(content).equals(bytes.subarray(0, CHECKSUM_BYTES));
  const text = content.toString();
  const time = text.slice(0, "2026-11-21T18:19:31.123456Z".length);
  const id = text.slice(time.length);
  if (!intact || !isTime(time) || !isId(id, idKind)) {
    throw invalidRequest("the cursor is not valid");
  }
  return { time, id };
}

function checksum(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest().subarray(0, CHECKSUM_BYTES);
}

function isTime(text: string): boolean {
  return MICROSECONDS.test(text) && !text.startsWith("0000") && isDay(text);
}

/** JavaScript rolls the 30th of February over, and PostgreSQL refuses it. */
function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19);
}

function isId(text: string, kind: PageIdKind): boolean {
  if (kind === "uuid") return isUuid(text);
  if (kind === "bigint") return BIGINT.test(text);
  return text.length > 0 && text.length <= MAX_ID_LENGTH && !text.includes("\0");
}

import type { Context } from "hono";
import type { ApiEnvironment } from "./api_environment.ts";
import { ApiError, invalidRequest } from "./api_error.ts";

/** Versions are PostgreSQL's `integer`. */
const MAX_VERSION = 2 ** 31 - 1;
/** entity-tag of RFC 9110, 8.8.3. */
const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
const VERSION = /^[1-9][0-9]{0,9}$/;

/** Tells the version of the resource in the answer (RFC 9110, 8.8.3). */
export function writeEtag(context: Context<ApiEnvironment>, version: number): void {
  context.header("ETag", `"${version}"`);
}

/**
 * The version that the caller means to change, from `If-Match` (RFC 9110, 13.1.1); undefined when
 * any version will do. One entity tag is understood, not a list.
 *
 * @throws {ApiError} INVALID_REQUEST for what is no entity tag, PRECONDITION_FAILED for one that no
 *   resource here ever had: a weak one, or no version.
 */
export function readIfMatch(context: Context<ApiEnvironment>): number | undefined {
  const field = context.req.header("if-match")?.trim();
  if (field === undefined || field === "*") return undefined;
  const match = ENTITY_TAG.exec(field);
  if (match === null) throw invalidRequest('If-Match has to be one entity tag, such as "1"');
  const [, weak, tag = ""] = match;
  const version = Number(tag);
  if (weak !== undefined || !VERSION.test(tag) || version > MAX_VERSION) throw preconditionFailed();
  return version;
}

/** 412: the resource has changed since the caller read it. */
export function preconditionFailed(): ApiError {
  return new ApiError(
    412,
    "PRECONDITION_FAILED",
    "this has changed since you read it: read it again",
  );
}

import { Http3Error, Http3ErrorCode } from "./error_codes.ts";
import { encodeFrame, FrameType } from "./frames.ts";
import { decodeFieldSection, encodeFieldSection, type Field } from "./qpack.ts";

/** The longest path and query of a CONNECT request, bytes. */
export const MAX_PATH_LENGTH = 2_048;

/** `:protocol` of a WebTransport request: in drafts up to 14, and in later ones. */
const WEBTRANSPORT_PROTOCOLS: ReadonlySet<string> = new Set(["webtransport", "webtransport-h3"]);

/** What the header section of a request asks for. */
export type ConnectRequest =
  /** A WebTransport session. */
  | { readonly kind: "webtransport"; readonly path: string }
  /** A WebTransport session with a path that is too long or malformed. */
  | { readonly kind: "bad-path" }
  /** Any other request. */
  | { readonly kind: "other" };

/** The HEADERS frame that asks for a session (draft-ietf-webtrans-http3 §3.2). */
export function encodeConnectRequest(authority: string, path: string): Uint8Array<ArrayBuffer> {
  return encodeFrame(
    FrameType.headers,
    encodeFieldSection([
      [":method", "CONNECT"],
      [":scheme", "https"],
      [":authority", authority],
      [":path", path],
      [":protocol", "webtransport"],
      ["sec-webtransport-http3-draft02", "1"],
    ]),
  );
}

/**
 * Reads the header section of a request.
 *
 * @throws {Http3Error} when the section is malformed.
 */
export function decodeConnectRequest(section: Uint8Array): ConnectRequest {
  const fields = pseudoHeaders(decodeFieldSection(section));
  const protocol = fields.get(":protocol");
  if (fields.get(":method") !== "CONNECT" || protocol === undefined) return { kind: "other" };
  if (!WEBTRANSPORT_PROTOCOLS.has(protocol)) return { kind: "other" };
  const path = fields.get(":path") ?? "";
  const valid = path.length <= MAX_PATH_LENGTH && /^\/[\x21-\x7e]*$/.test(path);
  return valid ? { kind: "webtransport", path } : { kind: "bad-path" };
}

/** The HEADERS frame that answers a request; 200 opens the session. */
export function encodeConnectResponse(status: number): Uint8Array<ArrayBuffer> {
  const fields: Field[] = [[":status", String(status)]];
  // Draft 02 wants its name in the answer; later drafts ignore it.
  if (status === 200) fields.push(["sec-webtransport-http3-draft", "draft02"]);
  return encodeFrame(FrameType.headers, encodeFieldSection(fields));
}

/**
 * The HTTP status of the answer to a CONNECT request.
 *
 * @throws {Http3Error} when the section is malformed or has none.
 */
export function decodeConnectResponse(section: Uint8Array): number {
  const status = pseudoHeaders(decodeFieldSection(section)).get(":status") ?? "";
  if (!/^[1-5][0-9]{2}$/.test(status)) throw malformed("status");
  return Number(status);
}

function pseudoHeaders(fields: readonly Field[]): Map<string, string> {
  const pseudo = new Map<string, string>();
  for (const [name, value] of fields) {
    if (!name.startsWith(":")) continue;
    if (pseudo.has(name)) throw malformed("duplicate pseudo-header");
    pseudo.set(name, value);
  }
  return pseudo;
}

function malformed(what: string): Http3Error {
  return new Http3Error(Http3ErrorCode.messageError, `header section with a wrong ${what}`);
}

import assert from "node:assert/strict";
import {
  decodeConnectRequest,
  decodeConnectResponse,
  encodeConnectRequest,
  encodeConnectResponse,
  MAX_PATH_LENGTH,
} from "./connect_headers.ts";
import { Http3Error } from "./error_codes.ts";
import { encodeFieldSection, type Field } from "./qpack.ts";
import { readVarint } from "./varint.ts";

function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(readVarint(frame, 1)!.end);
}

function request(...fields: Field[]) {
  return decodeConnectRequest(encodeFieldSection(fields));
}

Deno.test("our own request is one for a session", () => {
  const section = payloadOf(encodeConnectRequest("example.org:4433", "/meeting?x=1"));
  assert.deepEqual(decodeConnectRequest(section), { kind: "webtransport", path: "/meeting?x=1" });
});

Deno.test("the token of later drafts asks for a session too", () => {
  const asked = request(
    [":method", "CONNECT"],
    [":protocol", "webtransport-h3"],
    [":path", "/"],
  );
  assert.deepEqual(asked, { kind: "webtransport", path: "/" });
});

Deno.test("a path of 2 KiB is taken, one byte more is not", () => {
  for (const [length, kind] of [[MAX_PATH_LENGTH, "webtransport"], [2_049, "bad-path"]] as const) {
    const path = "/" + "p".repeat(length - 1);
    const asked = request([":method", "CONNECT"], [":protocol", "webtransport"], [":path", path]);
    assert.equal(asked.kind, kind);
  }
});

Deno.test("paths that are no paths are refused", () => {
  for (const path of ["", "no-slash", "/with space", "/with\nnewline", "/ümlaut", "/\0"]) {
    const asked = request([":method", "CONNECT"], [":protocol", "webtransport"], [":path", path]);
    assert.equal(asked.kind, "bad-path");
  }
  assert.equal(request([":method", "CONNECT"], [":protocol", "webtransport"]).kind, "bad-path");
});

Deno.test("other requests are told apart", () => {
  assert.equal(request([":method", "GET"], [":path", "/"]).kind, "other");
  assert.equal(request([":method", "CONNECT"], [":authority", "a:1"]).kind, "other");
  assert.equal(request([":method", "CONNECT"], [":protocol", "websocket"]).kind, "other");
});

Deno.test("a pseudo-header that comes twice is refused", () => {
  assert.throws(() => request([":path", "/a"], [":path", "/b"]), Http3Error);
});

Deno.test("every status survives, and what is none is refused", () => {
  for (const status of [100, 200, 404, 429, 500, 599]) {
    assert.equal(decodeConnectResponse(payloadOf(encodeConnectResponse(status))), status);
  }
  for (const status of ["", "20", "abc", "2000"]) {
    assert.throws(() => decodeConnectResponse(encodeFieldSection([[":status", status]])));
  }
  assert.throws(() => decodeConnectResponse(encodeFieldSection([])), Http3Error);
});

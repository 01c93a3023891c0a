import assert from "node:assert/strict";
import { missingFeatures } from "./browser_support.ts";

const complete = {
  isSecureContext: true,
  crossOriginIsolated: true,
  WebTransport: {},
  VideoEncoder: {},
  VideoDecoder: {},
  AudioEncoder: {},
  AudioDecoder: {},
};

Deno.test("a complete browser lacks nothing", () => {
  assert.deepEqual(missingFeatures(complete), []);
});

Deno.test("an insecure page names only that", () => {
  assert.deepEqual(missingFeatures({}), ["secureContext"]);
});

Deno.test("each missing feature is named", () => {
  assert.deepEqual(missingFeatures({ ...complete, WebTransport: undefined }), ["webTransport"]);
  assert.deepEqual(missingFeatures({ ...complete, AudioDecoder: undefined }), ["webCodecs"]);
  assert.deepEqual(missingFeatures({ ...complete, crossOriginIsolated: false }), ["isolation"]);
});

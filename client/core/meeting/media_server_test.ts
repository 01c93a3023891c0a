import assert from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MediaServerInfoSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { mediaServerOf } from "./media_server.ts";

const GRANT = { certificateHashes: [Uint8Array.of(1)] };
const INFO = { mediaHandlerUrl: "https://media.test", connectionToken: "token" };

function serverOf(info: MessageInitShape<typeof MediaServerInfoSchema>) {
  return mediaServerOf(create(MediaServerInfoSchema, info), GRANT);
}

Deno.test("a media handler without hashes of its own has those of the grant", () => {
  assert.deepEqual(serverOf(INFO)?.certificateHashes, GRANT.certificateHashes);
  const own = [Uint8Array.of(2)];
  assert.deepEqual(serverOf({ ...INFO, certificateHashes: own })?.certificateHashes, own);
});

Deno.test("without a place or a token there is no media handler to go to", () => {
  assert.equal(mediaServerOf(undefined, GRANT), undefined);
  assert.equal(serverOf({ ...INFO, connectionToken: "" }), undefined);
  assert.equal(serverOf({ ...INFO, mediaHandlerUrl: "" }), undefined);
});

import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ContentSchema } from "../../../proto/gen/dark_tower/content/v1/content_pb.ts";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { MAX_MESSAGE_LENGTH } from "../meeting/meeting_actions.ts";
import { ContentFormatError, decodeContent, encodeContent } from "./content.ts";

/** What the controller takes of a message, bytes. */
const MAX_CONTENT_BYTES = 16 * 1024;

Deno.test("a content is read as what was written", () => {
  const bytes = encodeContent({ case: "chatText", value: { text: "héllo 👋" } });
  const content = decodeContent("message", bytes);
  assert.equal(content.case === "chatText" && content.value.text, "héllo 👋");
});

Deno.test("the longest message fits what a controller takes, encrypted, too", () => {
  const text = "€".repeat(MAX_MESSAGE_LENGTH);
  const bytes = encodeContent({ case: "chatText", value: { text } });
  assert.ok(bytes.length + 256 <= MAX_CONTENT_BYTES, `${bytes.length} bytes`);
});

Deno.test("a content of another kind or version is refused", () => {
  const vote = encodeContent({ case: "pollVote", value: { option: 1 } });
  assert.throws(() => decodeContent("message", vote), ContentFormatError);
  const later = create(ContentSchema, {
    version: 2,
    content: { case: "pollVote", value: { option: 1 } },
  });
  assert.throws(() => decodeContent("vote", toBinary(ContentSchema, later)), ContentFormatError);
});

Deno.test("any bytes are a content or refused with a ContentFormatError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decodeContent("poll", bytes);
      } catch (error) {
        assert.ok(error instanceof ContentFormatError);
      }
    }),
    propertyRuns(1_000),
  );
});

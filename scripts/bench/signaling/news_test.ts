import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { ServerEnvelopeSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Deed } from "./deeds.ts";
import { ExpectedNews, news, newsOf } from "./news.ts";

const deed = (dueAtMs: number): Deed => ({ kind: "mute", dueAtMs, unaware: 1 });

Deno.test("the same news twice belongs to the earlier deed first", () => {
  const expected = new ExpectedNews();
  const [first, second] = [deed(1), deed(2)];
  expected.expect("a", first);
  expected.expect("a", second);
  assert.equal(expected.hear("a"), first);
  assert.equal(expected.hear("a"), second);
  assert.equal(expected.hear("a"), undefined);
});

Deno.test("an event has the name of the deed that led to it", () => {
  const { message } = create(ServerEnvelopeSchema, {
    message: {
      case: "streamUpdated",
      value: { participantId: "p", stream: { streamId: "s", muted: true } },
    },
  });
  assert.equal(newsOf(message), news.muted("s", true));
});

Deno.test("an event that no deed leads to has no name", () => {
  const { message } = create(ServerEnvelopeSchema, { message: { case: "pong", value: {} } });
  assert.equal(newsOf(message), undefined);
});

import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MeetingRecordSchema } from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import { ContextStage } from "../testing/context_stage.ts";
import { Hands } from "./hands.ts";

function stage() {
  const context = new ContextStage();
  return {
    context,
    hands: new Hands(context),
    anna: context.join("Anna"),
    ben: context.join("Ben"),
  };
}

Deno.test("hands are in the order in which they were raised", () => {
  const { hands, anna, ben } = stage();
  hands.set(ben, true);
  hands.set(anna, true);
  assert.deepEqual(hands.raised(), [ben, anna]);
});

Deno.test("a hand that is raised again keeps its place and is told once", () => {
  const { hands, anna, ben } = stage();
  hands.set(ben, true);
  hands.set(anna, true);
  hands.set(ben, true);
  assert.deepEqual(hands.raised(), [ben, anna]);
  assert.equal(anna.connection.take("participantUpdated").length, 2);
});

Deno.test("a hand that was lowered and raised is behind the others", () => {
  const { hands, anna, ben } = stage();
  hands.set(ben, true);
  hands.set(anna, true);
  hands.set(ben, false);
  hands.set(ben, true);
  assert.deepEqual(hands.raised(), [anna, ben]);
});

Deno.test("hands that a new owner sees raised are behind those before", () => {
  const { context, hands, anna, ben } = stage();
  hands.set(ben, true);
  assert.equal(context.meetingSaves, 1);
  const next = new Hands(context);
  next.restore({
    meeting: create(MeetingRecordSchema, { lastHandNumber: hands.lastNumber }),
    participants: [],
    messages: [],
    polls: [],
    votes: [],
    nowMs: 0,
  });
  next.set(anna, true);
  assert.deepEqual(next.raised(), [ben, anna]);
});

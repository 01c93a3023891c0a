import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import { checkCapacity } from "./capacity.ts";
import { Refusal } from "./refusal.ts";

Deno.test("a process with as many participants as it takes lets nobody join, and those back who resume", async () => {
  await using stage = await MeetingStage.open({ capacity: { maxMeetings: 1, maxParticipants: 2 } });
  const anna = await stage.joinAs("Anna");
  await stage.join("Ben");
  const late = await stage.connect();
  const joinToken = await stage.token();
  const request = await stage.joinRequest("Cleo", { joinToken });
  assert.equal(await late.refused(request), ErrorCode.CAPACITY_EXCEEDED);
  anna.lose();
  const joined = await anna.resume();
  assert.deepEqual(joined.existingParticipants.map(({ name }) => name), ["Ben"]);
  await anna.client.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  // The token was not used up by the refusal.
  await late.request(request, "joinResponse");
});

Deno.test("whoever was prepared when the last place was taken does not join", async () => {
  await using stage = await MeetingStage.open({ capacity: { maxMeetings: 1, maxParticipants: 1 } });
  const client = await stage.connect();
  const { meetingId } = stage;
  const prepare = { meetingId, joinToken: await stage.token() };
  await client.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  await stage.join("Anna");
  const refused = await client.refused(await stage.joinRequest("Ben", { joinToken: "" }));
  assert.equal(refused, ErrorCode.CAPACITY_EXCEEDED);
});

Deno.test("a process with as many meetings as it takes begins no other, and lets people into these", () => {
  const capacity = { maxMeetings: 2, maxParticipants: 10 };
  const load = { meetings: 2, participants: 5 };
  assert.throws(() => checkCapacity(capacity, load, true), Refusal);
  checkCapacity(capacity, load, false);
});

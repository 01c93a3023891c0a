import assert from "node:assert/strict";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { ScriptedServers } from "../testing/scripted_servers.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { type LocalStreamDescription, Meeting } from "./meeting.ts";
import { MeetingError } from "./meeting_state.ts";

const MICROPHONE: LocalStreamDescription = {
  streamId: "11111111-1111-4111-8111-111111111111",
  type: "audio",
  codec: "opus",
};
const CAMERA: LocalStreamDescription = {
  streamId: "22222222-2222-4222-8222-222222222222",
  type: "camera",
  codec: "vp8",
};

Deno.test("what is not granted is kept back, and the rest joins", async () => {
  const servers = new ScriptedServers();
  const time = new SimulatedTime();
  const meeting = new Meeting({
    connect: servers.connect,
    fetchGrant: async () => ({ ...await servers.fetchGrant(), grants: ["microphone"] }),
    now: time.now,
    scheduler: time,
    events: { onState: () => {}, onFrame: () => {}, onKeyFrameNeeded: () => {} },
  });
  const joining = meeting.join({ name: "Ada", streams: [MICROPHONE, CAMERA] });
  await time.advance(0);
  await joining;
  await time.advance(0);
  assert.deepEqual(meeting.state.grants, ["microphone"]);
  assert.deepEqual(servers.asked, ["joinRequest"]);
  const join = servers.newest("controller").requests[0];
  assert.ok(join?.case === "joinRequest");
  assert.deepEqual(join.value.streams.map(({ streamType }) => streamType), [StreamType.AUDIO]);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("how long to wait after too many wrong passcodes stands in the state", async () => {
  const servers = new ScriptedServers();
  const time = new SimulatedTime();
  const refusal = new MeetingError("too-many-tries", "wait", { retryAfterMs: 9_000 });
  const meeting = new Meeting({
    connect: servers.connect,
    fetchGrant: () => Promise.reject(refusal),
    now: time.now,
    scheduler: time,
    events: { onState: () => {}, onFrame: () => {}, onKeyFrameNeeded: () => {} },
  });
  const joining = meeting.join({ name: "Ada", streams: [] });
  joining.catch(() => undefined);
  await time.advance(0);
  await assert.rejects(joining, refusal);
  assert.deepEqual(meeting.state.error, {
    reason: "too-many-tries",
    message: "wait",
    retryAfterMs: 9_000,
  });
  await meeting[Symbol.asyncDispose]();
});

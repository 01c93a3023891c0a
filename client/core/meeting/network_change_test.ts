import assert from "node:assert/strict";
import {
  encodeArrivalReport,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { readStreamHeader } from "../../../proto/media_stream/stream_header.ts";
import { ScriptedServers } from "../testing/scripted_servers.ts";
import type { ScriptedSession } from "../testing/scripted_session.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { type LocalStreamDescription, Meeting } from "./meeting.ts";
import type { MeetingState } from "./meeting_state.ts";
import { NETWORK_CHANGE_GRACE_MS } from "./path_doubt.ts";
import { PATH_SILENCE_LIMIT_MS } from "./path_silence.ts";
import { PATH_CHECK_INTERVAL_MS } from "./path_watch.ts";

const CAMERA: LocalStreamDescription = {
  streamId: "22222222-2222-4222-8222-222222222222",
  type: "camera",
  codec: "vp8",
};
const FRAME_INTERVAL_MS = 33;
/** What a person may wait for a picture once the network is back. */
const RECOVERY_LIMIT_MS = 2_000;

async function joined() {
  const servers = new ScriptedServers();
  const time = new SimulatedTime();
  const states: MeetingState[] = [];
  const keyFrames: (number | undefined)[] = [];
  const meeting = new Meeting({
    connect: servers.connect,
    fetchGrant: servers.fetchGrant,
    now: time.now,
    scheduler: time,
    random: () => 0,
    events: {
      onState: (state) => states.push(state),
      onFrame: () => undefined,
      onKeyFrameNeeded: (_streamId, spatialLayer) => keyFrames.push(spatialLayer),
    },
  });
  const joining = meeting.join({ name: "Ada", streams: [CAMERA] });
  await time.advance(0);
  await joining;
  await time.advance(0);
  const mediaSessions = () =>
    servers.connections.filter(({ url }) => url.includes("media")).map(({ session }) => session);
  /** Sends pictures for a while, a key frame where nothing else would do. */
  const send = async (durationMs: number) => {
    for (let sentMs = 0; sentMs < durationMs; sentMs += FRAME_INTERVAL_MS) {
      const stream = meeting.localStream(CAMERA.streamId)!;
      const keyFrame = stream.needsKeyFrame;
      await stream.send({ data: new Uint8Array(500), timestampUs: time.now() * 1_000, keyFrame });
      await time.advance(FRAME_INTERVAL_MS);
    }
  };
  return { servers, time, states, keyFrames, meeting, mediaSessions, send };
}

/** The media handler reports that everything has arrived. */
function speak(session: ScriptedSession): void {
  const datagrams = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };
  const streams = session.streams.map(({ chunks }) => ({
    deliveryNumber: readStreamHeader(chunks[0]!).deliveryNumber,
    receivedBytes: chunks.reduce((length, chunk) => length + chunk.length, 0),
    points: [],
  }));
  for (
    const report of encodeArrivalReport({ nextWithinMs: REPORT_INTERVAL_MS, datagrams, streams })
  ) {
    session.sendDatagram(report);
  }
}

Deno.test("a media path that reports nothing is replaced, and sending goes on at a key frame", async () => {
  const { time, states, keyFrames, meeting, mediaSessions, send } = await joined();
  await send(PATH_SILENCE_LIMIT_MS - PATH_CHECK_INTERVAL_MS);
  assert.equal(mediaSessions().length, 1);
  keyFrames.length = 0;
  await send(2 * PATH_CHECK_INTERVAL_MS);
  const [old, next] = mediaSessions();
  assert.notEqual(old!.closedByClient, undefined);
  assert.equal(next!.closedByClient, undefined);
  assert.deepEqual(keyFrames, [0]);
  assert.equal(next!.streams.length, 1);
  assert.ok(
    states.slice(-1).every(({ media, phase }) => media === "connected" && phase === "joined"),
  );
  await meeting[Symbol.asyncDispose]();
  assert.equal(time.timers, 0);
});

Deno.test("a path that reports is kept", async () => {
  const { meeting, mediaSessions, send } = await joined();
  for (let second = 0; second < 5; second++) {
    await send(1_000);
    speak(mediaSessions()[0]!);
  }
  assert.equal(mediaSessions().length, 1);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("the old path is kept when it comes back before the new session is there", async () => {
  const { servers, time, meeting, mediaSessions, send } = await joined();
  servers.reachable = false;
  await send(PATH_SILENCE_LIMIT_MS + 2 * PATH_CHECK_INTERVAL_MS);
  const [old, ...others] = mediaSessions();
  assert.ok(others.length > 0);
  speak(old!);
  await time.advance(0);
  assert.ok(others.every((session) => session.closedByClient !== undefined));
  assert.equal(old!.closedByClient, undefined);
  assert.equal(meeting.state.media, "connected");
  await meeting[Symbol.asyncDispose]();
  assert.equal(time.timers, 0);
});

Deno.test("after any blackout media flow within two seconds of the network", async () => {
  for (const blackoutMs of [2_000, 3_300, 6_100, 12_700, 25_000]) {
    const { servers, time, meeting, mediaSessions, send } = await joined();
    servers.reachable = false;
    // Sessions that are asked for during a blackout are never established.
    await send(blackoutMs);
    servers.reachable = true;
    const before = mediaSessions().length;
    await send(RECOVERY_LIMIT_MS);
    const established = mediaSessions().slice(before);
    assert.ok(
      established.some(({ streams }) => streams.some(({ chunks }) => chunks.length > 1)),
      `nothing is sent after ${blackoutMs} ms`,
    );
    await meeting[Symbol.asyncDispose]();
    assert.equal(time.timers, 0);
  }
});

Deno.test("when the network changes another session takes over, unless the old one proves to work", async () => {
  const { time, keyFrames, meeting, mediaSessions } = await joined();
  keyFrames.length = 0;
  meeting.networkChanged();
  await time.advance(NETWORK_CHANGE_GRACE_MS - 1);
  assert.equal(mediaSessions().length, 2);
  assert.equal(mediaSessions()[0]!.closedByClient, undefined);
  await time.advance(1);
  assert.notEqual(mediaSessions()[0]!.closedByClient, undefined);
  assert.deepEqual(keyFrames, [0]);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a change of the network that does not touch the path changes nothing", async () => {
  const { servers, time, keyFrames, meeting, mediaSessions } = await joined();
  keyFrames.length = 0;
  meeting.networkChanged();
  for (let passedMs = 0; passedMs < 2_000; passedMs += REPORT_INTERVAL_MS) {
    await time.advance(REPORT_INTERVAL_MS);
    // The old path answers what it was asked.
    speak(mediaSessions()[0]!);
  }
  const [old, next] = mediaSessions();
  assert.equal(old!.closedByClient, undefined);
  assert.notEqual(next!.closedByClient, undefined);
  assert.deepEqual(servers.newest("media").tokens, []);
  assert.deepEqual(keyFrames, []);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a new session is told how streams are looked at", async () => {
  const { servers, time, meeting } = await joined();
  const views = [{ streamId: "camera", width: 640, height: 360, focused: true }];
  meeting.setViews(views);
  await time.advance(0);
  const told = () => servers.newest("media").viewRequests.map((request) => request.views[0]?.width);
  assert.deepEqual(told(), [640]);
  meeting.networkChanged();
  await time.advance(NETWORK_CHANGE_GRACE_MS);
  assert.deepEqual(told(), [640]);
  assert.equal(servers.newest("media").tokens.length, 1);
  await meeting[Symbol.asyncDispose]();
});

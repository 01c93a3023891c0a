import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { CONNECT_DEADLINE_MS } from "../transport/connect.ts";
import { JOIN_LIMIT_MS, REFUSAL_LIMIT_MS } from "./failure.ts";
import { MEDIA_FAILURE_LIMIT_MS } from "./media_connection.ts";
import { type LocalStreamDescription, Meeting, type MeetingOptions } from "./meeting.ts";
import type { MeetingState } from "./meeting_state.ts";
import { ScriptedServers } from "../testing/scripted_servers.ts";

const ENDPOINTS = {
  meetingControllerUrl: "https://controller.test",
  mediaHandlerUrl: "https://media.test",
  certificateHashes: [],
};
const ANSWER_DELAY_MS = 10;
const CAMERA: LocalStreamDescription = {
  streamId: "22222222-2222-4222-8222-222222222222",
  type: "camera",
  codec: "vp8",
};

function setUp(options: Partial<MeetingOptions> = {}) {
  const servers = new ScriptedServers();
  const time = new SimulatedTime();
  const states: MeetingState[] = [];
  const meeting = new Meeting({
    connect: servers.connect,
    fetchGrant: servers.fetchGrant,
    now: time.now,
    scheduler: time,
    random: () => 0,
    events: {
      onState: (state) => states.push(state),
      onFrame: () => undefined,
      onKeyFrameNeeded: () => undefined,
    },
    ...options,
  });
  const phases = () =>
    states.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
  return { servers, time, states, meeting, phases };
}

async function joined(options: Partial<MeetingOptions> = {}) {
  const set = setUp(options);
  const joining = set.meeting.join({ name: "Ada", streams: [CAMERA] });
  await set.time.advance(0);
  await joining;
  await set.time.advance(0);
  return set;
}

Deno.test("a cold join asks for one thing of each server", async () => {
  const { servers, meeting, phases, time } = await joined();
  assert.deepEqual(phases(), ["joining", "joined"]);
  assert.equal(meeting.state.media, "connected");
  assert.equal(meeting.state.displayName, "Scripted");
  assert.deepEqual(servers.asked, ["joinRequest"]);
  assert.deepEqual(servers.newest("media").tokens, ["media-1"]);
  assert.equal(servers.connections.length, 2);
  await meeting[Symbol.asyncDispose]();
  assert.equal(time.timers, 0);
});

Deno.test("with known endpoints both servers are connected before the grant comes", async () => {
  const grant = Promise.withResolvers<void>();
  const servers = new ScriptedServers();
  const set = setUp({
    connect: servers.connect,
    endpoints: ENDPOINTS,
    fetchGrant: async () => {
      await grant.promise;
      return await servers.fetchGrant();
    },
  });
  const joining = set.meeting.join({ name: "Ada", streams: [] });
  await set.time.advance(0);
  assert.deepEqual(servers.connections.map(({ url }) => url), [
    "https://media.test",
    "https://controller.test",
  ]);
  grant.resolve();
  await set.time.advance(0);
  await joining;
  await set.time.advance(0);
  assert.equal(servers.connections.length, 2);
  assert.equal(set.meeting.state.media, "connected");
  await set.meeting[Symbol.asyncDispose]();
});

Deno.test("a grant that names another controller is followed", async () => {
  const servers = new ScriptedServers();
  const set = setUp({
    connect: servers.connect,
    fetchGrant: servers.fetchGrant,
    endpoints: { ...ENDPOINTS, meetingControllerUrl: "https://old-controller.test" },
  });
  const joining = set.meeting.join({ name: "Ada", streams: [] });
  await set.time.advance(0);
  await joining;
  const [old] = servers.connections.filter(({ url }) => url.includes("old"));
  assert.notEqual(old?.session.closedByClient, undefined);
  assert.equal(servers.newest("controller").url, "https://controller.test");
  await set.meeting[Symbol.asyncDispose]();
});

Deno.test("a prepared meeting joins with one message and no token", async () => {
  const { servers, time, meeting, phases } = setUp();
  const preparing = meeting.prepare();
  await time.advance(0);
  await preparing;
  assert.deepEqual(phases(), ["preparing", "prepared"]);
  await time.advance(0);
  assert.equal(meeting.state.media, "connected");
  const joining = meeting.join({ name: "Ada", streams: [CAMERA] });
  await time.advance(0);
  await joining;
  assert.deepEqual(servers.asked, ["prepareRequest", "joinRequest"]);
  const join = servers.newest("controller").requests.find(({ case: name }) =>
    name === "joinRequest"
  );
  assert.equal(join?.case === "joinRequest" && join.value.joinToken, "");
  assert.equal(servers.connections.length, 2);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a prepared session that expires makes the next join a cold one", async () => {
  const { servers, time, meeting } = setUp();
  const preparing = meeting.prepare();
  await time.advance(0);
  await preparing;
  servers.newest("controller").session.end({ closeCode: 3 });
  await time.advance(0);
  assert.equal(meeting.state.phase, "idle");
  const joining = meeting.join({ name: "Ada", streams: [] });
  await time.advance(0);
  await joining;
  assert.equal(meeting.state.phase, "joined");
  assert.equal(servers.grants, 2);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("preparing without a server leaves the meeting idle", async () => {
  const { servers, time, meeting } = setUp();
  servers.reachable = false;
  const preparing = assert.rejects(meeting.prepare(), { reason: "unreachable" });
  await time.advance(CONNECT_DEADLINE_MS);
  await preparing;
  assert.equal(meeting.state.phase, "idle");
  assert.equal(time.timers, 0);
});

Deno.test("servers that cannot be reached are tried for half a minute", async () => {
  const { servers, time, meeting } = setUp();
  servers.reachable = false;
  const joining = assert.rejects(meeting.join({ name: "Ada", streams: [] }), {
    reason: "unreachable",
  });
  await time.advance(JOIN_LIMIT_MS + CONNECT_DEADLINE_MS);
  await joining;
  assert.equal(meeting.state.phase, "failed");
  assert.equal(meeting.state.error?.reason, "unreachable");
  assert.ok(servers.grants >= 4, `${servers.grants} attempts`);
  assert.equal(time.timers, 0);
});

Deno.test("a server that comes back within that time is joined", async () => {
  const { servers, time, meeting } = setUp();
  servers.reachable = false;
  const joining = meeting.join({ name: "Ada", streams: [] });
  await time.advance(10_000);
  servers.reachable = true;
  await time.advance(10_000);
  await joining;
  assert.equal(meeting.state.phase, "joined");
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a refusal for good fails at once, and the meeting may be joined later", async () => {
  const { servers, time, meeting } = setUp();
  servers.refusal = ErrorCode.FORBIDDEN;
  const refused = assert.rejects(meeting.join({ name: "Ada", streams: [CAMERA] }), {
    reason: "not-allowed",
  });
  await time.advance(0);
  await refused;
  assert.equal(servers.grants, 1);
  servers.refusal = undefined;
  const joining = meeting.join({ name: "Ada", streams: [CAMERA] });
  await time.advance(0);
  await joining;
  assert.equal(meeting.state.phase, "joined");
  assert.equal(meeting.state.error, undefined);
  const join = servers.newest("controller").requests[0];
  assert.equal(
    join?.case === "joinRequest" && join.value.streams[0]?.streamId,
    CAMERA.streamId,
    "a refused id is still free",
  );
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a refusal that may pass is tried for a while", async () => {
  const { servers, time, meeting } = setUp();
  servers.refusal = ErrorCode.CAPACITY_EXCEEDED;
  const refused = assert.rejects(meeting.join({ name: "Ada", streams: [] }), {
    reason: "meeting-full",
  });
  await time.advance(REFUSAL_LIMIT_MS);
  await refused;
  assert.ok(servers.grants > 3);
});

Deno.test("servers that disagree about encryption are not joined", async () => {
  const { servers, time, meeting } = setUp();
  servers.e2eEncryption = true;
  const refused = assert.rejects(meeting.join({ name: "Ada", streams: [CAMERA] }), {
    reason: "encryption-mismatch",
  });
  await time.advance(0);
  await refused;
  assert.equal(servers.newest("media").session.streams.length, 0);
});

Deno.test("a lost controller is joined anew with a fresh grant and fresh stream ids", async () => {
  const { servers, time, meeting, phases } = await joined();
  const before = meeting.state.participantId;
  servers.newest("controller").session.end({ closeCode: 5 });
  await time.advance(1_000);
  assert.deepEqual(phases().slice(-2), ["reconnecting", "joined"]);
  assert.notEqual(meeting.state.participantId, before);
  const join = servers.newest("controller").requests[0];
  assert.ok(join?.case === "joinRequest");
  assert.equal(join.value.joinToken, "join-2");
  assert.notEqual(join.value.streams[0]?.streamId, CAMERA.streamId);
  assert.equal(meeting.state.localStreams[0]?.streamId, CAMERA.streamId);
  await meeting[Symbol.asyncDispose]();
  assert.equal(time.timers, 0);
});

Deno.test("a controller that stays lost fails the meeting after half a minute", async () => {
  const { servers, time, meeting, phases } = await joined();
  servers.reachable = false;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(1_000);
  assert.equal(meeting.state.phase, "reconnecting");
  await time.advance(JOIN_LIMIT_MS + CONNECT_DEADLINE_MS);
  assert.deepEqual(phases().slice(-2), ["reconnecting", "failed"]);
  assert.equal(time.timers, 0);
});

Deno.test("an ended meeting, a removal and a second session end it for good", async () => {
  for (const [closeCode, reason] of [[6, "meeting-ended"], [7, "removed"], [4, "superseded"]]) {
    const { servers, time, meeting } = await joined();
    servers.newest("controller").session.end({ closeCode: Number(closeCode) });
    await time.advance(0);
    assert.equal(meeting.state.phase, "failed");
    assert.equal(meeting.state.error?.reason, reason);
    assert.equal(servers.grants, 1);
    assert.equal(time.timers, 0);
  }
});

Deno.test("media alone is reconnected with the token it has", async () => {
  const { servers, time, meeting } = await joined();
  servers.newest("media").session.fail(new Error("idle timeout"));
  await time.advance(1_000);
  assert.equal(meeting.state.phase, "joined");
  assert.equal(meeting.state.media, "connected");
  assert.deepEqual(servers.newest("media").tokens, ["media-1"]);
  assert.equal(servers.newest("media").session.streams.length, 1);
  assert.equal(servers.connections.length, 3);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("media that stays away makes the participant join anew", async () => {
  const { servers, time, meeting } = await joined();
  servers.admitsMedia = false;
  servers.newest("media").session.fail(new Error("idle timeout"));
  await time.advance(MEDIA_FAILURE_LIMIT_MS - 5_000);
  assert.equal(servers.grants, 1);
  await time.advance(10_000);
  assert.ok(servers.grants > 1);
  servers.admitsMedia = true;
  await time.advance(10_000);
  assert.equal(meeting.state.media, "connected");
  await meeting[Symbol.asyncDispose]();
  assert.equal(time.timers, 0);
});

Deno.test("media moves to another handler on demand, the new session first", async () => {
  const { servers, time, meeting, states } = await joined();
  const old = servers.newest("media").session;
  servers.newest("controller").say({
    case: "mediaServerChanged",
    value: { mediaHandlerUrl: "https://other-media.test", connectionToken: "moved" },
  });
  await time.advance(0);
  assert.equal(servers.newest("media").url, "https://other-media.test");
  assert.deepEqual(servers.newest("media").tokens, ["moved"]);
  assert.notEqual(old.closedByClient, undefined);
  assert.equal(servers.newest("media").session.streams.length, 1);
  assert.ok(states.slice(-1).every(({ media }) => media === "connected"));
  assert.equal(meeting.state.phase, "joined");
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a media handler that is named is tried at once, however long the last one was away", async () => {
  const servers = new ScriptedServers();
  const connect = Object.assign(servers.connect, { heldBackMs: () => 0 });
  const set = setUp({ connect, fetchGrant: servers.fetchGrant });
  await Promise.all([set.meeting.join({ name: "Ada", streams: [] }), set.time.advance(0)]);
  const media = () => servers.connections.filter(({ url }) => url.includes("media"));
  servers.accepts = (url) => !url.includes("//media");
  media()[0]!.session.fail(new Error("killed"));
  // Three attempts of 5 s and their shortest waits take longer than this; with the waits of where
  // failures cost nothing the fourth one has begun.
  await set.time.advance(17_000);
  assert.ok(media().length <= 10, `${media().length} sessions in seventeen seconds`);
  servers.newest("controller").say({
    case: "mediaServerChanged",
    value: { mediaHandlerUrl: "https://other-media.test", connectionToken: "moved" },
  });
  await set.time.advance(0);
  assert.equal(set.meeting.state.media, "connected");
  await set.meeting[Symbol.asyncDispose]();
});

Deno.test("an attempt at a media handler ends when another one is named", async () => {
  const { servers, time, meeting } = await joined();
  servers.accepts = (url) => !url.includes("//media");
  servers.newest("media").session.fail(new Error("killed"));
  await time.advance(1_000);
  const attempt = servers.newest("media").session;
  assert.equal(attempt.closedByClient, undefined, "under way");
  servers.newest("controller").say({
    case: "mediaServerChanged",
    value: { mediaHandlerUrl: "https://other-media.test", connectionToken: "moved" },
  });
  await time.advance(0);
  assert.equal(meeting.state.media, "connected");
  assert.notEqual(attempt.closedByClient, undefined);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("a stream added while joining is published after it", async () => {
  const { servers, time, meeting } = setUp();
  const joining = meeting.join({ name: "Ada", streams: [] });
  const { session } = await holdAnswers(servers, time);
  const stream = await meeting.publish(CAMERA);
  assert.equal(stream.streamId, CAMERA.streamId);
  await time.advance(ANSWER_DELAY_MS);
  await joining;
  await time.advance(ANSWER_DELAY_MS);
  assert.equal(session.closedByClient, undefined);
  assert.equal(meeting.state.localStreams.length, 1);
  assert.equal(servers.newest("media").session.streams.length, 1);
  await Promise.all([meeting[Symbol.asyncDispose](), time.advance(ANSWER_DELAY_MS)]);
});

Deno.test("a publication that is refused is taken back", async () => {
  const { servers, time, meeting } = await joined();
  servers.refusal = ErrorCode.CONFLICT;
  const screen = { ...CAMERA, streamId: crypto.randomUUID(), type: "screen" as const };
  const refused = assert.rejects(meeting.publish(screen), { code: ErrorCode.CONFLICT });
  await time.advance(0);
  await refused;
  assert.equal(meeting.localStream(screen.streamId), undefined);
  assert.deepEqual(meeting.state.localStreams.map(({ streamId }) => streamId), [CAMERA.streamId]);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("muting tells the controller once", async () => {
  const { servers, time, meeting } = await joined();
  await Promise.all([meeting.setMuted(CAMERA.streamId, true), time.advance(0)]);
  await meeting.setMuted(CAMERA.streamId, true);
  assert.deepEqual(servers.asked, ["joinRequest", "updateStream"]);
  assert.equal(meeting.state.localStreams[0]?.muted, true);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("leaving while joining ends the attempt and closes what was opened", async () => {
  const { servers, time, meeting, phases } = setUp();
  servers.reachable = false;
  const joining = assert.rejects(meeting.join({ name: "Ada", streams: [] }), {
    name: "AbortError",
  });
  await time.advance(100);
  await meeting.leave();
  await time.advance(0);
  await joining;
  assert.equal(phases().at(-1), "left");
  assert.ok(servers.connections.every(({ session }) => session.closedByClient !== undefined));
  assert.equal(time.timers, 0);
});

Deno.test("who left may join again", async () => {
  const { servers, time, meeting } = await joined();
  await Promise.all([meeting.leave(), time.advance(0)]);
  assert.deepEqual(servers.asked, ["joinRequest", "leaveRequest"]);
  assert.equal(meeting.state.phase, "left");
  const joining = meeting.join({ name: "Ada", streams: [] });
  await time.advance(0);
  await joining;
  assert.equal(meeting.state.phase, "joined");
  assert.equal(meeting.state.localStreams.length, 0);
  await meeting[Symbol.asyncDispose]();
});

Deno.test("joining twice is refused", async () => {
  const { meeting } = await joined();
  await assert.rejects(meeting.join({ name: "Ada", streams: [] }), { name: "MeetingError" });
  await meeting[Symbol.asyncDispose]();
});

/** Lets the controller answer late, and waits until the join request has been sent. */
async function holdAnswers(servers: ScriptedServers, time: SimulatedTime) {
  while (servers.connections.length < 2) await Promise.resolve();
  const connection = servers.newest("controller");
  const answer = connection.session.onMessage;
  connection.session.onMessage = (message) => time.after(ANSWER_DELAY_MS, () => answer(message));
  await time.advance(0);
  assert.equal(connection.session.messages.length, 1);
  return connection;
}

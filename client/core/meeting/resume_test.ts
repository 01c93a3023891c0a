import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { RESUME_PROOF_ALGORITHM, resumeProofBytes } from "../../../proto/signaling/resume_proof.ts";
import { CAMERA, ScriptedMeeting } from "../testing/scripted_meeting.ts";
import { refused, ScriptedServers } from "../testing/scripted_servers.ts";
import { CloseCode } from "../transport/webtransport_session.ts";
import { MOVE_GRACE_MS } from "./controller_link.ts";
import { JOIN_LIMIT_MS } from "./failure.ts";
import { MEDIA_FAILURE_LIMIT_MS } from "./media_connection.ts";
import {
  ENDPOINTS_INTERVAL_MS,
  ENDPOINTS_START_MS,
  PLACE_STAGGER_MS,
  RESUME_ANSWER_LIMIT_MS,
  RESUME_LIMIT_MS,
} from "./resumption.ts";

const NEXT = "https://next-controller.test";
const THIRD = "https://third-controller.test";

/** Names other controllers in every join and resume. */
function withAlternatives(servers: ScriptedServers, ...urls: string[]): void {
  servers.joinAnswer = {
    ...servers.joinAnswer,
    alternatives: urls.map((url) => ({ meetingControllerUrl: url })),
  };
}

function resumeRequests(servers: ScriptedServers) {
  return servers.connections.flatMap(({ requests }) => requests)
    .flatMap((request) => request.case === "resumeRequest" ? [request.value] : []);
}

Deno.test("a lost session is resumed as the same participant while media goes on", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  const { participantId } = client.state;
  const media = servers.newest("media").session;
  const from = client.states.length;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  assert.deepEqual(client.phases(from), ["reconnecting", "joined"]);
  assert.ok(client.states.slice(from).every((state) => state.media === "connected"));
  assert.equal(client.state.participantId, participantId);
  assert.equal(media.closedByClient, undefined);
  assert.equal(servers.grants, 1);
  const [request] = resumeRequests(servers);
  assert.ok(request !== undefined);
  assert.equal(request.participantId, participantId);
  assert.deepEqual(request.streams.map(({ streamId }) => streamId), [CAMERA.streamId]);
  assert.equal(meeting.localStream(CAMERA.streamId)?.streamId, CAMERA.streamId);
});

Deno.test("a resume proves with the identity key of the join, and each with its own secret", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  for (let loss = 0; loss < 2; loss++) {
    servers.newest("controller").session.fail(new Error("idle timeout"));
    await time.advance(1_000);
  }
  const join = servers.connections.flatMap(({ requests }) => requests)
    .find((request) => request.case === "joinRequest");
  assert.ok(join?.case === "joinRequest");
  const key = await crypto.subtle.importKey(
    "raw",
    new Uint8Array(join.value.identityKey),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["verify"],
  );
  const requests = resumeRequests(servers);
  assert.deepEqual(requests.map(({ secret }) => secret), servers.secrets.slice(0, 2));
  for (const request of requests) {
    const proof = new Uint8Array(request.proof);
    assert.ok(
      await crypto.subtle.verify(RESUME_PROOF_ALGORITHM, key, proof, resumeProofBytes(request)),
    );
  }
});

Deno.test("an answer to a resume that gets lost is asked for again with the same secret", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  let answers = 0;
  servers.script = (request) =>
    request.case === "resumeRequest" && answers++ === 0 ? "silence" : undefined;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(RESUME_ANSWER_LIMIT_MS + 1_000);
  assert.equal(client.state.phase, "joined");
  assert.deepEqual(
    resumeRequests(servers).map(({ secret }) => secret),
    [servers.secrets[0], servers.secrets[0]],
  );
});

Deno.test("a dead controller is noticed within three seconds and another one resumes", async () => {
  await using client = await ScriptedMeeting.joined((servers) => withAlternatives(servers, NEXT));
  const { servers, time } = client;
  await time.advance(10_000);
  servers.script = (_request, { url }) => url === NEXT ? undefined : "silence";
  servers.unreachable.add("controller.test");
  const from = client.states.length;
  await time.advance(3_250);
  assert.deepEqual(client.phases(from), ["reconnecting", "joined"]);
  assert.equal(servers.newest("controller").url, NEXT);
});

Deno.test("alternatives are tried side by side, and asked one after the other", async () => {
  await using client = await ScriptedMeeting.joined((servers) =>
    withAlternatives(servers, NEXT, THIRD)
  );
  const { servers, time } = client;
  servers.script = (request, { url }) =>
    request.case === "resumeRequest" && url !== THIRD ? refused(ErrorCode.UNAVAILABLE) : undefined;
  servers.newest("controller").session.end({ closeCode: CloseCode.goingAway });
  await time.advance(1_000);
  assert.equal(client.state.phase, "joined");
  const resumes = client.asked().filter((asked) => asked.endsWith("resumeRequest"));
  assert.equal(resumes.at(-1), "third-controller.test resumeRequest");
  const open = servers.connections.filter(({ url, session }) =>
    url.includes("controller") && session.closedByClient === undefined
  );
  assert.deepEqual(open.map(({ url }) => url), [THIRD]);
});

Deno.test("whoever answers that the meeting moved is followed", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  servers.script = (request, { url }) =>
    request.case === "resumeRequest" && url !== NEXT
      ? {
        case: "error",
        value: { code: ErrorCode.MOVED, controller: { meetingControllerUrl: NEXT } },
      }
      : undefined;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  assert.equal(client.state.phase, "joined");
  assert.equal(servers.newest("controller").url, NEXT);
});

Deno.test("the global controller is asked where the meeting is after the places that are known, and soon again", async () => {
  const askedAtMs: number[] = [];
  const client: ScriptedMeeting = await ScriptedMeeting.joined(() => {}, {
    fetchEndpoints: () => {
      askedAtMs.push(client.time.now());
      // The lease of the one that died is good for a while.
      const meetingControllerUrl = askedAtMs.length > 1 ? NEXT : "https://controller.test";
      return Promise.resolve({ meetingControllerUrl, certificateHashes: [] });
    },
  });
  await using _client = client;
  const { servers, time } = client;
  await time.advance(20_000);
  const lostAtMs = time.now();
  servers.unreachable.add("controller.test");
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(PLACE_STAGGER_MS + ENDPOINTS_START_MS);
  assert.equal(client.state.phase, "joined");
  assert.equal(askedAtMs[0], lostAtMs + PLACE_STAGGER_MS);
  assert.equal(askedAtMs.length, 2);
});

Deno.test("a controller that was started again is found under its new certificate", async () => {
  const hash = new Uint8Array(32).fill(9);
  await using client = await ScriptedMeeting.joined(() => {}, {
    fetchEndpoints: () =>
      Promise.resolve({
        meetingControllerUrl: "https://controller.test",
        certificateHashes: [hash],
      }),
  });
  const { servers, time } = client;
  servers.accepts = (_url, { certificateHashes: [certificate] }) => certificate === hash;
  servers.newest("controller").session.fail(new Error("killed"));
  await time.advance(2_000);
  assert.equal(client.state.phase, "joined");
  assert.equal(servers.grants, 1);
});

Deno.test("a controller that is back is tried as soon as the global controller names it", async () => {
  const servers = new ScriptedServers();
  servers.resumable = true;
  let up = true;
  let refusals = 0;
  await using client = new ScriptedMeeting(servers, {
    connect: (url, options) => {
      if (up) return servers.connect(url, options);
      refusals++;
      throw new Error("refused");
    },
    fetchEndpoints: () =>
      up
        ? Promise.resolve({
          meetingControllerUrl: "https://controller.test",
          certificateHashes: [],
        })
        : Promise.reject(new Error("no controller")),
  });
  const { time } = client;
  await client.settle(client.meeting.join({ name: "Ada", streams: [CAMERA] }));
  up = false;
  servers.newest("controller").session.fail(new Error("killed"));
  await time.advance(60_000);
  assert.ok(refusals <= 24, `${refusals} attempts in a minute`);
  up = true;
  await time.advance(2 * ENDPOINTS_INTERVAL_MS);
  assert.equal(client.state.phase, "joined");
  assert.equal(servers.grants, 1);
});

Deno.test("a session that no controller knows is joined anew, with another id", async () => {
  for (const code of [ErrorCode.NOT_FOUND, ErrorCode.UNAUTHORIZED]) {
    await using client = await ScriptedMeeting.joined();
    const { servers, time } = client;
    const { participantId } = client.state;
    servers.script = (request) => request.case === "resumeRequest" ? refused(code) : undefined;
    servers.newest("controller").session.fail(new Error("idle timeout"));
    await time.advance(2_000);
    assert.equal(client.state.phase, "joined");
    assert.notEqual(client.state.participantId, participantId);
    assert.equal(servers.grants, 2);
  }
});

Deno.test("a session that could not be resumed for five minutes is joined anew", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  servers.unreachable.add("controller.test");
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(RESUME_LIMIT_MS - 1_000);
  assert.equal(client.state.phase, "reconnecting");
  assert.equal(servers.grants, 1);
  servers.unreachable.clear();
  servers.script = (request) => request.case === "resumeRequest" ? "silence" : undefined;
  await time.advance(20_000);
  assert.equal(client.state.phase, "joined");
  assert.equal(servers.grants, 2);
});

Deno.test("servers that stay away fail the meeting after the time for both", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  servers.reachable = false;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(RESUME_LIMIT_MS + JOIN_LIMIT_MS + 10_000);
  assert.equal(client.state.error?.reason, "unreachable");
  assert.equal(time.timers, 0);
});

Deno.test("media that is away as well is waited for as long as the controller is", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  servers.reachable = false;
  servers.newest("controller").session.fail(new Error("no network"));
  servers.newest("media").session.fail(new Error("no network"));
  await time.advance(3 * MEDIA_FAILURE_LIMIT_MS);
  assert.equal(client.state.phase, "reconnecting");
  servers.reachable = true;
  await time.advance(10_000);
  assert.equal(client.state.phase, "joined");
  assert.equal(client.state.media, "connected");
  assert.equal(servers.grants, 1);
});

Deno.test("a meeting that moves is resumed elsewhere without anybody noticing", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  const old = servers.newest("controller");
  const from = client.states.length;
  old.say({ case: "meetingMoved", value: { controller: { meetingControllerUrl: NEXT } } });
  await time.advance(100);
  assert.equal(servers.newest("controller").url, NEXT);
  assert.deepEqual(client.asked().at(-1), "next-controller.test resumeRequest");
  assert.notEqual(old.session.closedByClient, undefined);
  assert.ok(client.states.slice(from).every(({ phase }) => phase === "joined"));
});

Deno.test("the old session of a meeting that moved may end before the new one is there", async () => {
  for (const closeCode of [CloseCode.goingAway, CloseCode.superseded]) {
    await using client = await ScriptedMeeting.joined();
    const { servers, time } = client;
    const old = servers.newest("controller");
    servers.script = (request, { url }) => {
      if (url === NEXT && request.case === "resumeRequest") old.session.end({ closeCode });
      return undefined;
    };
    old.say({ case: "meetingMoved", value: { controller: { meetingControllerUrl: NEXT } } });
    const from = client.states.length;
    await time.advance(1_000);
    assert.equal(servers.newest("controller").url, NEXT);
    assert.deepEqual(client.phases(from).filter((phase) => phase !== "joined"), []);
  }
});

Deno.test("a move that takes too long is shown", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  const old = servers.newest("controller");
  servers.unreachable.add("next-controller.test").add("controller.test");
  old.say({ case: "meetingMoved", value: { controller: { meetingControllerUrl: NEXT } } });
  await time.advance(1_000);
  old.session.end({ closeCode: CloseCode.goingAway });
  await time.advance(MOVE_GRACE_MS - 2_000);
  assert.equal(client.state.phase, "joined");
  await time.advance(1_500);
  assert.equal(client.state.phase, "reconnecting");
});

Deno.test("a controller that speaks under an old epoch is left at once", async () => {
  const epochs: bigint[] = [];
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.epoch = 5n;
  }, { onEpoch: (epoch) => epochs.push(epoch) });
  const { servers, time } = client;
  const stale = servers.newest("controller");
  stale.say({ case: "meetingUpdated", value: { locked: true } }, 4n);
  servers.epoch = 6n;
  await time.advance(500);
  assert.notEqual(stale.session.closedByClient, undefined);
  assert.equal(client.state.locked, false, "what it said is not believed");
  assert.equal(client.state.phase, "joined");
  assert.deepEqual(epochs, [5n, 6n]);
});

Deno.test("a stale controller cannot have a session resumed", async () => {
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.epoch = 5n;
    withAlternatives(servers, NEXT);
  });
  const { servers, time } = client;
  const before = client.state.participants;
  servers.script = (_request, { url }) => {
    servers.epoch = url === NEXT ? 6n : 4n;
    return undefined;
  };
  servers.joinAnswer = { existingParticipants: [{ participantId: "ghost", name: "Ghost" }] };
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(100);
  assert.equal(client.state.phase, "reconnecting");
  assert.equal(client.state.participants, before);
  servers.joinAnswer = {};
  await time.advance(500);
  assert.equal(client.state.phase, "joined");
  assert.equal(servers.newest("controller").url, NEXT);
});

Deno.test("who came and went while the controller was away is in the roster after it", async () => {
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.joinAnswer = {
      existingParticipants: [{ participantId: "bob", name: "Bob" }, {
        participantId: "cleo",
        name: "Cleo",
      }],
    };
  });
  const { servers, time } = client;
  servers.joinAnswer = {
    existingParticipants: [{ participantId: "cleo", name: "Cleo" }, {
      participantId: "dan",
      name: "Dan",
    }],
    self: { role: 2, handRaised: 3n },
    meeting: { locked: true, lobbyEnabled: true },
    knocks: [{ participantId: "eve", name: "Eve", since: 5n }],
  };
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  const { participants, role, handRaised, locked, lobbyEnabled, knocks } = client.state;
  assert.deepEqual(participants.map(({ name }) => name), ["Cleo", "Dan"]);
  assert.deepEqual({ role, handRaised, locked, lobbyEnabled }, {
    role: "host",
    handRaised: 3,
    locked: true,
    lobbyEnabled: true,
  });
  assert.deepEqual(knocks.map(({ name }) => name), ["Eve"]);
});

Deno.test("muting, adding and removing streams while the controller is away goes with the resume", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  servers.unreachable.add("controller.test");
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(1_000);
  const microphone = { streamId: crypto.randomUUID(), type: "audio", codec: "opus" } as const;
  await client.settle(meeting.setMuted(CAMERA.streamId, true));
  await client.settle(meeting.publish(microphone));
  servers.unreachable.clear();
  await time.advance(10_000);
  const streams = resumeRequests(servers).at(-1)?.streams;
  assert.deepEqual(streams?.map(({ streamId, muted }) => [streamId, muted]), [
    [CAMERA.streamId, true],
    [microphone.streamId, false],
  ]);
  assert.equal(servers.newest("media").session.streams.length > 0, true);
});

Deno.test("what changes while a resume is answered is told after it", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  servers.script = (request) => {
    if (request.case === "resumeRequest") meeting.setMuted(CAMERA.streamId, true);
    return undefined;
  };
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  assert.deepEqual(client.asked().slice(-2), [
    "controller.test resumeRequest",
    "controller.test updateStream",
  ]);
});

Deno.test("a meeting without secrets is joined anew as ever", async () => {
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.resumable = false;
  });
  const { servers, time } = client;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(2_000);
  assert.equal(client.state.phase, "joined");
  assert.equal(servers.grants, 2);
});

import assert from "node:assert/strict";
import { ErrorCode, Role } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CAMERA, ScriptedMeeting } from "../testing/scripted_meeting.ts";
import { refused } from "../testing/scripted_servers.ts";

const KEY_FRAME = { timestampUs: 0, keyFrame: true, data: new Uint8Array(10) };

/** A client whose camera a moderator muted. */
async function muted(): Promise<ScriptedMeeting> {
  const client = await ScriptedMeeting.joined();
  say(client, true);
  await client.time.advance(0);
  return client;
}

/** The controller says how the own camera stands. */
function say({ servers, state }: ScriptedMeeting, mutedByModerator: boolean): void {
  servers.newest("controller").say({
    case: "streamUpdated",
    value: {
      participantId: state.participantId!,
      stream: { streamId: CAMERA.streamId, muted: mutedByModerator, mutedByModerator },
    },
  });
}

function camera({ state }: ScriptedMeeting) {
  const { muted, mutedByModerator } = state.localStreams[0]!;
  return { muted, mutedByModerator };
}

async function sends(client: ScriptedMeeting): Promise<boolean> {
  return await client.settle(client.meeting.localStream(CAMERA.streamId)!.send(KEY_FRAME));
}

Deno.test("a stream that a moderator mutes stops at once", async () => {
  await using client = await ScriptedMeeting.joined();
  assert.equal(await sends(client), true);
  say(client, true);
  await client.time.advance(0);
  assert.deepEqual(camera(client), { muted: true, mutedByModerator: true });
  assert.equal(await sends(client), false);
  assert.deepEqual(client.asked().slice(1), [], "the controller knows");
});

Deno.test("unmuting it waits for the controller", async () => {
  await using client = await muted();
  const { servers, time, meeting } = client;
  let refusals = 1;
  servers.script = (request) =>
    request.case === "updateStream" && refusals-- > 0 ? refused(ErrorCode.UNAVAILABLE) : undefined;
  const unmuting = meeting.setMuted(CAMERA.streamId, false);
  await time.advance(0);
  assert.deepEqual(camera(client), { muted: true, mutedByModerator: true });
  assert.equal(await sends(client), false);
  await Promise.all([unmuting, time.advance(1_000)]);
  assert.deepEqual(camera(client), { muted: false, mutedByModerator: false });
});

Deno.test("unmuting that the controller refuses leaves it muted", async () => {
  await using client = await muted();
  const { servers, meeting } = client;
  servers.script = (request) =>
    request.case === "updateStream" ? refused(ErrorCode.FORBIDDEN) : undefined;
  const refusal = assert.rejects(meeting.setMuted(CAMERA.streamId, false), {
    code: ErrorCode.FORBIDDEN,
  });
  await client.settle(refusal);
  assert.deepEqual(camera(client), { muted: true, mutedByModerator: true });
});

Deno.test("a moderator's mute while unmuting is on its way wins", async () => {
  await using client = await muted();
  const { servers, meeting } = client;
  servers.script = (request) => {
    if (request.case === "updateStream" && !request.value.muted) {
      say(client, false);
      say(client, true);
    }
    return undefined;
  };
  await client.settle(meeting.setMuted(CAMERA.streamId, false));
  assert.deepEqual(camera(client), { muted: true, mutedByModerator: true });
  assert.equal(await sends(client), false);
});

Deno.test("a mute while the controller was away is known after the resume", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time } = client;
  servers.joinAnswer = {
    self: { streams: [{ streamId: CAMERA.streamId, muted: true, mutedByModerator: true }] },
  };
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  assert.deepEqual(camera(client), { muted: true, mutedByModerator: true });
});

Deno.test("a stream that a moderator stops is gone, and the application told", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, state } = client;
  servers.newest("controller").say({
    case: "streamUnpublished",
    value: {
      participantId: state.participantId!,
      streamId: CAMERA.streamId,
      stoppedByModerator: true,
    },
  });
  await time.advance(0);
  assert.deepEqual(client.notices, [{ stopped: CAMERA.streamId }]);
  assert.deepEqual(client.state.localStreams, []);
});

Deno.test("whoever is asked to unmute is told by whom", async () => {
  await using client = await ScriptedMeeting.joined();
  client.servers.newest("controller").say({
    case: "unmuteAsked",
    value: { participantId: "bob", streamType: 0 },
  });
  await client.time.advance(0);
  assert.deepEqual(client.notices, [{ unmuteAsked: { participantId: "bob", type: "audio" } }]);
});

Deno.test("role and hand of one's own change, and who moderates no more sees no knocks", async () => {
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.joinAnswer = { self: { role: Role.CO_HOST } };
  });
  const { servers, time, state } = client;
  assert.equal(state.role, "co-host");
  const controller = servers.newest("controller");
  controller.say({
    case: "lobbyUpdated",
    value: { knocks: [{ participantId: "e", name: "Eve" }] },
  });
  await time.advance(0);
  assert.equal(client.state.knocks.length, 1);
  controller.say({
    case: "participantUpdated",
    value: { participantId: state.participantId!, role: Role.PARTICIPANT, handRaised: 4n },
  });
  await time.advance(0);
  assert.equal(client.state.role, "participant");
  assert.equal(client.state.handRaised, 4);
  assert.deepEqual(client.state.knocks, []);
});

Deno.test("each moderator's deed is the request of its name", async () => {
  await using client = await ScriptedMeeting.joined();
  const { meeting } = client;
  await client.settle(Promise.all([
    meeting.mute("audio"),
    meeting.mute("camera", "bob"),
    meeting.askToUnmute("bob", "audio"),
    meeting.stopStream("s"),
    meeting.lowerHand(),
    meeting.remove("bob", { ban: true }),
    meeting.changeRole("bob", "co-host"),
    meeting.setLocked(true),
    meeting.setLobby(false),
    meeting.decideAdmission([], true),
    meeting.endForAll(),
  ]));
  const [, ...requests] = client.servers.newest("controller").requests
    .filter((request) => request.case !== "ping");
  assert.deepEqual(
    requests.map(({ case: name, value }) => {
      const { $typeName: _name, ...fields } = { ...value } as Record<string, unknown>;
      return [name, fields];
    }),
    [
      ["muteParticipants", { participantIds: [], streamType: 0 }],
      ["muteParticipants", { participantIds: ["bob"], streamType: 1 }],
      ["askToUnmute", { participantId: "bob", streamType: 0 }],
      ["stopStream", { streamId: "s" }],
      ["lowerHand", { participantId: "" }],
      ["removeParticipant", { participantId: "bob", ban: true }],
      ["changeRole", { participantId: "bob", role: Role.CO_HOST }],
      ["changeMeeting", { locked: true }],
      ["changeMeeting", { lobbyEnabled: false }],
      ["decideAdmission", { participantIds: [], admit: true }],
      ["endMeeting", {}],
    ],
  );
});

import assert from "node:assert/strict";
import {
  ErrorCode,
  LeaveReason,
  Role,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../participant/close_code.ts";
import { audioStream, MeetingStage } from "../testing/meeting_stage.ts";
import type { RequestInit } from "../testing/signaling_client.ts";

async function joinHost(stage: MeetingStage) {
  return await stage.join("Host", { joinToken: await stage.token(undefined, { role: "host" }) });
}

const muteAll: RequestInit = {
  case: "muteParticipants",
  value: { streamType: StreamType.AUDIO },
};

Deno.test("a muted person is silenced at the media handler until the person unmutes", async () => {
  await using stage = await MeetingStage.open();
  const [handler] = stage.media.handlers;
  const host = await joinHost(stage);
  const stream = audioStream();
  const anna = await stage.join("Anna", { streams: [stream] });
  await host.request(muteAll, "acknowledgement");
  const { stream: told } = await anna.event("streamUpdated");
  assert.deepEqual([told?.muted, told?.mutedByModerator], [true, true]);
  await stage.settle();
  assert.deepEqual(handler!.silenced, new Set([stream.streamId]));

  const unmute = { streamId: stream.streamId, muted: false };
  await anna.request({ case: "updateStream", value: unmute }, "acknowledgement");
  assert.equal(handler!.silenced.size, 0);
});

Deno.test("who lifts a moderator's mute is answered when the media handler forwards again", async () => {
  await using stage = await MeetingStage.open();
  const [handler] = stage.media.handlers;
  const host = await joinHost(stage);
  const { streamId } = audioStream();
  const anna = await stage.join("Anna", { streams: [audioStream({ streamId })] });
  await host.request(muteAll, "acknowledgement");
  await stage.settle();
  const gate = Promise.withResolvers<void>();
  handler!.gate = gate.promise;
  let isAnswered = false;
  const answered = anna.request(
    { case: "updateStream", value: { streamId, muted: false } },
    "acknowledgement",
  ).then(() => {
    isAnswered = true;
  });
  await anna.settle();
  assert.equal(isAnswered, false);
  gate.resolve();
  await answered;
  assert.equal(handler!.silenced.size, 0);
});

Deno.test("whoever ends the meeting is answered, and then it is over for everyone and for good", async () => {
  await using stage = await MeetingStage.open();
  const host = await joinHost(stage);
  const anna = await stage.join("Anna");
  const ticket = await stage.token();
  assert.equal(await anna.refused({ case: "endMeeting", value: {} }), ErrorCode.FORBIDDEN);
  await host.request({ case: "endMeeting", value: {} }, "acknowledgement");
  for (const client of [host, anna]) {
    assert.equal((await client.closed).closeCode, CloseCode.MEETING_ENDED);
  }
  const ben = await stage.connect();
  const request = await stage.joinRequest("Ben", { joinToken: ticket });
  assert.equal(await ben.refused(request), ErrorCode.NOT_FOUND);
});

Deno.test("a banned person does not come back with another token", async () => {
  await using stage = await MeetingStage.open();
  const host = await joinHost(stage);
  const userId = crypto.randomUUID();
  const token = () => stage.token(undefined, { user_id: userId });
  const mallory = await stage.join("Mallory", { joinToken: await token() });
  await host.request(
    { case: "removeParticipant", value: { participantId: mallory.participantId, ban: true } },
    "acknowledgement",
  );
  assert.equal((await mallory.closed).closeCode, CloseCode.BANNED);
  assert.equal((await host.event("participantLeft")).reason, LeaveReason.KICKED);

  const again = await stage.connect();
  const request = await stage.joinRequest("M.", { joinToken: await token() });
  assert.equal(await again.refused(request), ErrorCode.FORBIDDEN);
  assert.equal((await again.closed).closeCode, CloseCode.BANNED);
});

Deno.test("somebody who is removed may come back with a new token, but not with the old one", async () => {
  await using stage = await MeetingStage.open();
  const host = await joinHost(stage);
  const anna = await stage.join("Anna");
  const spare = await stage.token(anna.participantId);
  await host.request(
    { case: "removeParticipant", value: { participantId: anna.participantId, ban: false } },
    "acknowledgement",
  );
  assert.equal((await anna.closed).closeCode, CloseCode.REMOVED);
  const back = await stage.connect();
  const request = await stage.joinRequest("Anna", { joinToken: spare });
  assert.equal(await back.refused(request), ErrorCode.UNAUTHORIZED);
  await stage.join("Anna");
});

Deno.test("a role that was given goes before that of the next token of the same account", async () => {
  await using stage = await MeetingStage.open();
  const host = await joinHost(stage);
  const claims = { user_id: crypto.randomUUID() };
  const anna = await stage.join("Anna", { joinToken: await stage.token(undefined, claims) });
  const value = { participantId: anna.participantId, role: Role.CO_HOST };
  await host.request({ case: "changeRole", value }, "acknowledgement");
  await anna.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  const back = await stage.join("Anna", { joinToken: await stage.token(undefined, claims) });
  assert.equal(back.joined.self?.role, Role.CO_HOST);
});

Deno.test("requests that name no kind of stream, role or person that there is are refused", async () => {
  await using stage = await MeetingStage.open();
  const requests: RequestInit[] = [
    { case: "muteParticipants", value: { streamType: StreamType.VIDEO_SCREEN } },
    { case: "muteParticipants", value: { participantIds: ["everyone"] } },
    { case: "askToUnmute", value: { participantId: "", streamType: StreamType.AUDIO } },
    { case: "stopStream", value: { streamId: "screen" } },
    { case: "lowerHand", value: { participantId: "Anna" } },
    { case: "removeParticipant", value: {} },
    { case: "changeRole", value: { participantId: crypto.randomUUID(), role: 7 as Role } },
    { case: "changeMeeting", value: {} },
    { case: "decideAdmission", value: { participantIds: ["x"] } },
  ];
  for (const request of requests) {
    const host = await joinHost(stage);
    const code = await host.refused(request);
    assert.equal(code, ErrorCode.INVALID_REQUEST, request.case);
  }
});

import assert from "node:assert/strict";
import {
  ErrorCode,
  Role,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_WAITING_OF_NETWORK } from "../../meeting-controller/lobby/lobby.ts";
import { CloseCode } from "../../meeting-controller/participant/close_code.ts";
import type {
  RequestInit,
  SignalingClient,
} from "../../meeting-controller/testing/signaling_client.ts";
import { type Attacker, closeCodeOf } from "./attacker.ts";
import { type OrganisedAttack, OrganisedStack } from "./organised_stack.ts";

/** The longest name: 99 combining marks of four bytes each on one letter. */
const MARKED_NAME = `a${"\u{1D167}".repeat(99)}`;
/** Who knock at the same time: fewer than one address may have unauthenticated. */
const KNOCKING_AT_ONCE = 10;
/** Who knock and go again. */
const FLEETING_VISITORS = 60;
/** How often moderators are told of the lobby at most, milliseconds. */
const LOBBY_NEWS_INTERVAL_MS = 100;

const AUDIO = StreamType.AUDIO;

/** Everything that moderators do to somebody, or to the meeting. */
function deedsTo(participantId: string, streamId: string): RequestInit[] {
  return [
    { case: "muteParticipants", value: { participantIds: [participantId], streamType: AUDIO } },
    { case: "askToUnmute", value: { participantId, streamType: AUDIO } },
    { case: "stopStream", value: { streamId } },
    { case: "lowerHand", value: { participantId } },
    { case: "removeParticipant", value: { participantId, ban: false } },
    { case: "removeParticipant", value: { participantId, ban: true } },
    { case: "changeRole", value: { participantId, role: Role.PARTICIPANT } },
    { case: "endMeeting", value: {} },
  ];
}

/** Each is forbidden. */
async function assertForbidden(client: SignalingClient, requests: readonly RequestInit[]) {
  for (const request of requests) {
    assert.equal(await client.refused(request), ErrorCode.FORBIDDEN, request.case);
  }
}

/** Knocks in a session of its own. */
async function knock(attacker: Attacker, participantName: string): Promise<SignalingClient> {
  const grant = await attacker.grant();
  const client = await attacker.signaling(grant);
  await client.request(await attacker.joinRequest(grant, { participantName }), "lobbyResponse");
  return client;
}

const ATTACKS: Record<string, OrganisedAttack> = {
  "somebody who moderates without being a moderator": async (
    attacker,
    { ada, bob, attacked: { meeting: { streamId } } },
  ) => {
    const { client, participantId: self } = await attacker.enter();
    const pollId = crypto.randomUUID();
    await assertForbidden(client, [
      ...deedsTo(ada.state.participantId!, streamId),
      ...deedsTo(bob.state.participantId!, streamId),
      { case: "muteParticipants", value: { streamType: AUDIO } },
      { case: "lowerHand", value: {} },
      { case: "changeRole", value: { participantId: self, role: Role.HOST } },
      { case: "changeMeeting", value: { locked: true } },
      { case: "changeMeeting", value: { lobbyEnabled: true } },
      { case: "decideAdmission", value: { participantIds: [], admit: true } },
      { case: "openPoll", value: { pollId, content: new Uint8Array(1) } },
      { case: "closePoll", value: { pollId } },
    ]);
    assert.equal(ada.state.locked, false);
  },

  "a co-host who moderates a host, or makes one": async (
    attacker,
    { ada, bob, attacked: { meeting: { streamId } } },
  ) => {
    const { client, participantId: self } = await attacker.enter();
    await ada.until("she is seen", () => ada.state.participants.some(({ id }) => id === self));
    await ada.meeting.changeRole(self, "co-host");
    const [host, other] = [ada.state.participantId!, bob.state.participantId!];
    const both = { participantIds: [other, host], streamType: StreamType.VIDEO_CAMERA };
    await assertForbidden(client, [
      ...deedsTo(host, streamId),
      { case: "muteParticipants", value: both },
      { case: "changeRole", value: { participantId: self, role: Role.HOST } },
      { case: "changeRole", value: { participantId: other, role: Role.HOST } },
    ]);
    const all = { participantIds: [], streamType: AUDIO };
    await client.request({ case: "muteParticipants", value: all }, "acknowledgement");
  },

  "somebody who is moderator no more": async (attacker, { ada, bob }) => {
    const person = await attacker.enter();
    const { participantId: self } = person;
    await ada.until("she is seen", () => ada.state.participants.some(({ id }) => id === self));
    await ada.meeting.changeRole(self, "host");
    await ada.meeting.changeRole(self, "participant");
    const removal: RequestInit = {
      case: "removeParticipant",
      value: { participantId: bob.state.participantId!, ban: true },
    };
    await assertForbidden(person.client, [removal]);
    // Nor does a role come back with the session.
    await person.resume();
    await assertForbidden(person.client, [removal]);
  },

  "a moderator with ids that are none, or a thousand": async (attacker, { backend }) => {
    const person = { name: "Hanna", role: "host", reference: "hanna" } as const;
    const { client } = await attacker.enter(await backend.admit(person));
    const unknown = crypto.randomUUID();
    const many = Array.from({ length: 1_500 }, () => crypto.randomUUID());
    const refused: [RequestInit, ErrorCode][] = [
      [{ case: "removeParticipant", value: { participantId: unknown } }, ErrorCode.NOT_FOUND],
      [{ case: "stopStream", value: { streamId: unknown } }, ErrorCode.NOT_FOUND],
      [
        { case: "muteParticipants", value: { participantIds: many, streamType: AUDIO } },
        ErrorCode.CAPACITY_EXCEEDED,
      ],
      [
        { case: "decideAdmission", value: { participantIds: many, admit: true } },
        ErrorCode.CAPACITY_EXCEEDED,
      ],
      [
        { case: "changeRole", value: { participantId: unknown, role: 99 as Role } },
        ErrorCode.INVALID_REQUEST,
      ],
      [
        { case: "removeParticipant", value: { participantId: "toString" } },
        ErrorCode.INVALID_REQUEST,
      ],
    ];
    for (const [request, code] of refused) assert.equal(await client.refused(request), code);
    await client.settle();
  },

  "a lobby as full as one network makes it, of names that are all marks": async (
    attacker,
    { ada },
  ) => {
    await ada.meeting.setLobby(true);
    const visitors: SignalingClient[] = [];
    while (visitors.length < MAX_WAITING_OF_NETWORK) {
      const some = Array.from({ length: KNOCKING_AT_ONCE }, () => knock(attacker, MARKED_NAME));
      visitors.push(...await Promise.all(some));
    }
    const grant = await attacker.grant();
    const late = await attacker.signaling(grant);
    const join = await attacker.joinRequest(grant);
    assert.equal(await late.refused(join), ErrorCode.CAPACITY_EXCEEDED);
    const { length: all } = visitors;
    await ada.until("Ada sees who waits", () => ada.state.knocks.length === all);
    await visitors[0]!.settle();
    assert.equal(
      await visitors[0]!.refused({ case: "raiseHand", value: { raised: true } }),
      ErrorCode.INVALID_REQUEST,
    );
    await ada.meeting.decideAdmission([], false);
    for (const { session } of visitors) assert.equal(await closeCodeOf(session), CloseCode.DENIED);
    await ada.until("the lobby is empty", () => ada.state.knocks.length === 0);
    await ada.meeting.setLobby(false);
  },

  "visitors who knock and go": async (attacker, { ada, backend }) => {
    await ada.meeting.setLobby(true);
    const person = { name: "Hanna", role: "host", reference: "hanna" } as const;
    const { client: host } = await attacker.enter(await backend.admit(person));
    const startedAtMs = performance.now();
    for (let count = 0; count < FLEETING_VISITORS; count += KNOCKING_AT_ONCE) {
      const some = Array.from({ length: KNOCKING_AT_ONCE }, () => knock(attacker, "Wisp"));
      for (const { session } of await Promise.all(some)) session.close();
    }
    await ada.until("the lobby is empty", () => ada.state.knocks.length === 0);
    const news = host.arrivals.filter((kind) => kind === "lobbyUpdated").length;
    const most = 2 + (performance.now() - startedAtMs) / LOBBY_NEWS_INTERVAL_MS;
    assert.ok(news <= most, `told ${news} times`);
    await ada.meeting.setLobby(false);
  },
};

Deno.test("nobody moderates a meeting who may not", async (t) => {
  await using stage = await OrganisedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});

import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  ErrorCode,
  MediaStreamSchema,
  Role as WireRole,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Lobby } from "../lobby/lobby.ts";
import { MeetingStreams } from "../meeting/meeting_streams.ts";
import { Refusal } from "../meeting/refusal.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { Identity } from "../participant/participant.ts";
import { RouteChanges } from "../subscription/route_changes.ts";
import { Hands } from "../talk/hands.ts";
import {
  ContextStage,
  KeptConnection,
  stagedIdentity,
  type StagedParticipant,
} from "../testing/context_stage.ts";
import { Bans } from "./bans.ts";
import { Deeds } from "./deeds.ts";
import { GivenRoles } from "./given_roles.ts";
import { Moderation } from "./moderation.ts";

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

class ModerationStage {
  readonly context = new ContextStage();
  readonly bans = new Bans([]);
  readonly roles = new GivenRoles([]);
  readonly hands = new Hands(this.context);
  readonly ejected: [participantId: string, code: CloseCode][] = [];
  readonly #deeds = new Deeds(this.context);
  readonly lobby = new Lobby(this.context, this.#deeds);
  readonly streams = new MeetingStreams(
    this.context.roster,
    { changes: new RouteChanges(), wake: () => {}, told: () => Promise.resolve() },
    () => {},
  );
  readonly moderation = new Moderation(this.context, {
    deeds: this.#deeds,
    bans: this.bans,
    roles: this.roles,
    lobby: this.lobby,
    hands: this.hands,
    streams: this.streams,
    eject: (participantId, _reason, code) => {
      this.ejected.push([participantId, code]);
      return Promise.resolve();
    },
  });
  readonly host = this.join("Host", { role: "host" });
  readonly co = this.join("Co", { role: "co_host" });
  readonly anna = this.join("Anna");
  readonly ben = this.join("Ben");

  /** Somebody with a microphone and a camera. */
  join(name: string, identity: Partial<Identity> = {}): StagedParticipant {
    const participant = this.context.join(name, identity);
    for (const streamType of [StreamType.AUDIO, StreamType.VIDEO_CAMERA]) {
      const stream = create(MediaStreamSchema, { streamId: crypto.randomUUID(), streamType });
      this.context.roster.addStream(participant, stream);
    }
    return participant;
  }

  /** What was recorded, as action and subject's name. */
  get recorded(): string[] {
    return this.context.recorded.map(({ deed, subject }) =>
      [deed.action, subject?.name].filter((part) => part !== undefined).join(" ")
    );
  }
}

const microphone = ({ streams }: StagedParticipant) =>
  [...streams.values()].find(({ streamType }) => streamType === StreamType.AUDIO)!;
const camera = ({ streams }: StagedParticipant) =>
  [...streams.values()].find(({ streamType }) => streamType === StreamType.VIDEO_CAMERA)!;
const isMuted = (participant: StagedParticipant) => microphone(participant).mutedByModerator;

Deno.test("a muted microphone is muted by a moderator, the camera goes on, everyone hears of it", async () => {
  const { moderation, context, host, anna, ben, ...stage } = new ModerationStage();
  await moderation.streams.mute(host, [anna.id], StreamType.AUDIO);
  assert.deepEqual([microphone(anna).muted, isMuted(anna)], [true, true]);
  assert.equal(camera(anna).muted, false);
  for (const { connection } of [anna, ben, host]) {
    assert.equal(connection.take("streamUpdated")[0]?.stream?.mutedByModerator, true);
  }
  assert.deepEqual(context.recorded.map(({ deed }) => deed), [{ action: "mute", detail: "audio" }]);
  assert.equal(stage.streams.routes().filter(({ source }) => source.silenced).length, 1);
});

Deno.test("who mutes all mutes neither oneself nor those who moderate", async () => {
  const stage = new ModerationStage();
  const { moderation, host, co, anna, ben } = stage;
  await moderation.streams.muteAll(co, StreamType.AUDIO);
  assert.deepEqual([host, co, anna, ben].map(isMuted), [false, false, true, true]);
  assert.deepEqual(stage.recorded, ["mute"]);
});

Deno.test("a microphone that its owner muted is the moderator's from then on", async () => {
  const { moderation, host, anna } = new ModerationStage();
  microphone(anna).muted = true;
  await moderation.streams.mute(host, [anna.id], StreamType.AUDIO);
  assert.equal(isMuted(anna), true);
});

Deno.test("muting somebody who is muted by a moderator already records nothing", async () => {
  const stage = new ModerationStage();
  const { moderation, host, anna } = stage;
  await moderation.streams.mute(host, [anna.id], StreamType.AUDIO);
  await moderation.streams.mute(host, [anna.id], StreamType.AUDIO);
  assert.deepEqual(stage.recorded, ["mute Anna"]);
});

Deno.test("who left just now does not keep the others from being muted", async () => {
  const { moderation, host, anna } = new ModerationStage();
  const gone = crypto.randomUUID();
  await moderation.streams.mute(host, [gone, anna.id], StreamType.AUDIO);
  assert.equal(isMuted(anna), true);
  await assert.rejects(
    moderation.streams.mute(host, [gone], StreamType.AUDIO),
    refusedAs(ErrorCode.NOT_FOUND),
  );
});

Deno.test("one who is asked to unmute hears of it alone, and stays muted", () => {
  const stage = new ModerationStage();
  const { moderation, co, anna, ben } = stage;
  microphone(anna).muted = true;
  moderation.streams.askToUnmute(co, anna.id, StreamType.AUDIO);
  assert.equal(anna.connection.take("unmuteAsked")[0]?.participantId, co.id);
  assert.equal(ben.connection.take("unmuteAsked").length, 0);
  assert.equal(microphone(anna).muted, true);
  const again = () => moderation.streams.askToUnmute(co, anna.id, StreamType.AUDIO);
  assert.throws(again, refusedAs(ErrorCode.RATE_LIMITED));
});

Deno.test("a stream that a moderator stops is gone, and its owner is told why", async () => {
  const { moderation, context, host, anna } = new ModerationStage();
  const { streamId } = camera(anna);
  await moderation.streams.stop(host, streamId);
  assert.equal(context.roster.findStream(streamId), undefined);
  assert.equal(anna.connection.take("streamUnpublished")[0]?.stoppedByModerator, true);
  await assert.rejects(moderation.streams.stop(host, streamId), refusedAs(ErrorCode.NOT_FOUND));
});

Deno.test("participants moderate nobody, and co-hosts no host", async () => {
  const stage = new ModerationStage();
  const { moderation, host, co, anna, ben } = stage;
  const refusals = [
    moderation.streams.mute(anna, [ben.id], StreamType.AUDIO),
    moderation.streams.muteAll(anna, StreamType.AUDIO),
    moderation.streams.stop(anna, camera(ben).streamId),
    moderation.lowerHand(anna, ben.id),
    moderation.lowerAllHands(anna),
    moderation.removal.remove(anna, ben.id, { ban: false }),
    moderation.roles.change(anna, anna.id, "host"),
    moderation.changeMeeting(anna, { locked: true }),
    moderation.recordEnd(anna),
    moderation.recordEnd(co),
    moderation.streams.mute(co, [host.id], StreamType.AUDIO),
    moderation.removal.remove(co, host.id, { ban: true }),
    moderation.roles.change(co, anna.id, "host"),
    moderation.roles.change(co, host.id, "participant"),
  ];
  for (const refusal of refusals) await assert.rejects(refusal, refusedAs(ErrorCode.FORBIDDEN));
  assert.deepEqual([stage.recorded, stage.ejected], [[], []]);
});

Deno.test("moderators lower one hand, or all", async () => {
  const stage = new ModerationStage();
  const { moderation, hands, co, anna, ben, host } = stage;
  for (const one of [anna, ben, host]) hands.set(one, true);
  await moderation.lowerHand(co, ben.id);
  assert.deepEqual(hands.raised(), [anna, host]);
  await moderation.lowerAllHands(co);
  assert.deepEqual(hands.raised(), []);
  assert.deepEqual(stage.recorded, ["lower_hand Ben", "lower_hand"]);
});

Deno.test("who is removed is ejected, also when the person left meanwhile", async () => {
  const stage = new ModerationStage();
  const { moderation, context, host, anna } = stage;
  const recording = Promise.withResolvers<void>();
  context.recording = recording.promise;
  const removing = moderation.removal.remove(host, anna.id, { ban: false });
  await context.settle();
  context.roster.remove(anna);
  recording.resolve();
  await removing;
  assert.deepEqual(stage.ejected, [[anna.id, CloseCode.REMOVED]]);
});

Deno.test("a ban reaches the same person in another tab and in the lobby", async () => {
  const stage = new ModerationStage();
  const { moderation, lobby, bans, host } = stage;
  const userId = crypto.randomUUID();
  const [mallory, tab] = [stage.join("Mallory", { userId }), stage.join("M.", { userId })];
  const connection = new KeptConnection();
  const identity = stagedIdentity({ userId });
  lobby.knock({ identity, name: "Mal", connection, admitted: () => assert.fail() });
  await moderation.removal.remove(host, mallory.id, { ban: true });
  assert.deepEqual(stage.ejected, [
    [mallory.id, CloseCode.BANNED],
    [tab.id, CloseCode.BANNED],
  ]);
  assert.equal(connection.closeCode, CloseCode.BANNED);
  assert.ok(bans.has(identity));
});

Deno.test("nobody bans oneself by another tab", async () => {
  const stage = new ModerationStage();
  const userId = crypto.randomUUID();
  const [host, tab] = [stage.join("H", { role: "host", userId }), stage.join("H", { userId })];
  await assert.rejects(
    stage.moderation.removal.remove(host, tab.id, { ban: true }),
    refusedAs(ErrorCode.FORBIDDEN),
  );
});

Deno.test("who is made a co-host moderates, keeps the role, and is told who waits", async () => {
  const { moderation, context, roles, host, anna, ben } = new ModerationStage();
  await moderation.roles.change(host, anna.id, "co_host");
  assert.equal(ben.connection.take("participantUpdated")[0]?.role, WireRole.CO_HOST);
  assert.equal(anna.connection.take("lobbyUpdated").length, 1);
  assert.equal(roles.roleOf(anna.identity), "co_host");
  const deed = context.recorded[0]?.deed;
  assert.ok(deed?.action === "change_role" && deed.given.participantId === anna.id);
  await moderation.streams.mute(anna, [ben.id], StreamType.AUDIO);
});

Deno.test("the last host stays a host", async () => {
  const { moderation, host, anna } = new ModerationStage();
  const resign = () => moderation.roles.change(host, host.id, "participant");
  await assert.rejects(resign(), refusedAs(ErrorCode.FORBIDDEN));
  await moderation.roles.change(host, anna.id, "host");
  await resign();
  assert.equal(host.role, "participant");
});

Deno.test("of two hosts who demote each other at once one stays", async () => {
  const { moderation, host, anna } = new ModerationStage();
  await moderation.roles.change(host, anna.id, "host");
  const outcomes = await Promise.allSettled([
    moderation.roles.change(host, anna.id, "participant"),
    moderation.roles.change(anna, host.id, "participant"),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected"]);
  assert.deepEqual([host.role, anna.role], ["host", "participant"]);
});

Deno.test("what changes of the meeting is recorded, and nothing else", async () => {
  const stage = new ModerationStage();
  const { moderation, context, co } = stage;
  await moderation.changeMeeting(co, { locked: true, lobbyEnabled: false });
  assert.equal(context.settings().locked, true);
  await moderation.changeMeeting(co, { locked: false, lobbyEnabled: true });
  assert.deepEqual(stage.recorded, ["lock", "unlock", "enable_lobby"]);
});

Deno.test("a host ends the meeting for good", async () => {
  const stage = new ModerationStage();
  await stage.moderation.recordEnd(stage.host);
  assert.deepEqual(stage.recorded, ["end_meeting"]);
});

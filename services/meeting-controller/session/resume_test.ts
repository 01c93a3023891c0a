import assert from "node:assert/strict";
import {
  ConnectionState,
  ErrorCode,
  LeaveReason,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../participant/close_code.ts";
import { AWAY_AFTER_MS, CLOSED_AWAY_AFTER_MS, SESSION_LIFETIME_MS } from "../presence/presence.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { audioStream, deliveryKey, MeetingStage } from "../testing/meeting_stage.ts";
import type { ResumablePerson } from "../testing/resumable_person.ts";
import type { SignalingClient } from "../testing/signaling_client.ts";
import { HEARTBEAT_LIMIT_MS } from "./heartbeat.ts";

/** The connection of the person as the others see it, once it has changed. */
const seenState = async (client: SignalingClient) =>
  (await client.event("participantUpdated")).connection;

/** Lets time pass while these say what clients say every second. */
async function pass(clock: ManualClock, ms: number, ...present: SignalingClient[]): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    clock.advance(Math.min(1_000, left));
    await Promise.all(present.map((client) => client.settle()));
  }
}

/** Somebody whose signaling is lost while another watches. */
async function lost(stage: MeetingStage, fields = {}) {
  const ben = await stage.join("Ben");
  const anna = await stage.joinAs("Anna", fields);
  await ben.event("participantJoined");
  anna.lose();
  assert.equal(await seenState(ben), ConnectionState.RECONNECTING);
  return { anna, ben };
}

Deno.test("who loses the connection and resumes is the same participant, and nobody left", async () => {
  await using stage = await MeetingStage.open();
  const stream = audioStream({ muted: true });
  const { anna, ben } = await lost(stage, { streams: [stream] });
  const [handler] = stage.media.handlers;
  assert.ok(handler!.participants.has(anna.participantId), "media goes on");
  const before = handler!.routeCalls.length;

  const joined = await anna.resume({ streams: [stream] });
  assert.equal(joined.participantId, anna.participantId);
  assert.equal(joined.self?.streams[0]?.muted, true);
  assert.deepEqual(joined.existingParticipants.map(({ name }) => name), ["Ben"]);
  assert.equal(await seenState(ben), ConnectionState.CONNECTING);
  await ben.settle();
  assert.ok(!ben.arrivals.includes("participantLeft"));
  assert.equal(handler!.routeCalls.length, before, "no route was touched");
  assert.deepEqual(stage.occurrences.map(({ type }) => type), ["joined", "joined"]);
});

Deno.test("the media server of a resume is the one of the join, with the same token", async () => {
  await using stage = await MeetingStage.open();
  const ben = await stage.joinAs("Ben");
  const [first, second] = [await ben.resume(), await ben.resume()];
  assert.deepEqual(first.mediaServer, second.mediaServer);
  assert.equal(first.mediaServer?.mediaHandlerUrl, "https://mh-1.test:4434");
});

Deno.test("each resume brings a new secret; the one before works once more, an older one does not", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  const first = anna.secret;
  await anna.resume();
  const second = anna.secret;
  await anna.resume({ secret: first });
  const third = anna.secret;
  assert.notDeepEqual(third, second);
  const late = await stage.connect();
  assert.equal(
    await late.refused(await anna.resumeRequest({ secret: second })),
    ErrorCode.UNAUTHORIZED,
  );
  await anna.resume({ secret: third });
});

Deno.test("a resume supersedes the connection that stands, which is told by code 4", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  const ben = await stage.join("Ben");
  const older = anna.client;
  await anna.resume();
  assert.equal((await older.closed).closeCode, CloseCode.SUPERSEDED);
  await anna.client.settle();
  await ben.settle();
  assert.deepEqual([...ben.roster.keys()], [anna.participantId]);
  assert.ok(!ben.arrivals.includes("participantLeft"));
});

Deno.test("a session that does not exist is NOT_FOUND, and whoever asked may join instead", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  await anna.client.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  const back = await stage.connect();
  assert.equal(await back.refused(await anna.resumeRequest()), ErrorCode.NOT_FOUND);
  await back.request(await stage.joinRequest("Anna"), "joinResponse");
});

Deno.test("who gave no identity key leaves with the connection", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  assert.equal(ben.joined.resumeSecret.length, 0);
  ben.session.close();
  assert.equal((await anna.event("participantLeft")).reason, LeaveReason.CONNECTION_LOST);
});

Deno.test("what whoever resumes publishes is what it says, and the others are told the difference", async () => {
  await using stage = await MeetingStage.open();
  const [kept, gone, fresh] = [audioStream(), audioStream(), audioStream()];
  const { anna, ben } = await lost(stage, { streams: [kept, gone] });
  const joined = await anna.resume({ streams: [{ ...kept, muted: true }, fresh] });
  assert.deepEqual(
    joined.self?.streams.map(({ streamId, muted }) => [streamId, muted]),
    [[kept.streamId, true], [fresh.streamId, false]],
  );
  assert.equal((await ben.event("streamUnpublished")).streamId, gone.streamId);
  await ben.settle();
  assert.deepEqual(ben.roster.get(anna.participantId)?.streams, {
    [kept.streamId]: true,
    [fresh.streamId]: false,
  });
  await stage.settle();
  const [handler] = stage.media.handlers;
  assert.deepEqual(new Set(handler!.routes.keys()), new Set([kept.streamId, fresh.streamId]));
});

Deno.test("a resume does not lift a moderator's mute, and unmuting does", async () => {
  await using stage = await MeetingStage.open();
  const stream = audioStream();
  const host = await stage.join("Host", {
    joinToken: await stage.token(undefined, { role: "host" }),
  });
  const anna = await stage.joinAs("Anna", { streams: [stream] });
  const mute = { participantIds: [anna.participantId] };
  await host.request({ case: "muteParticipants", value: mute }, "acknowledgement");
  anna.lose();
  const joined = await anna.resume({ streams: [stream] });
  const [own] = joined.self!.streams;
  assert.deepEqual([own?.muted, own?.mutedByModerator], [true, true]);
  const [handler] = stage.media.handlers;
  assert.ok(handler!.silenced.has(stream.streamId));

  const update = { streamId: stream.streamId, muted: false };
  await anna.client.request({ case: "updateStream", value: update }, "acknowledgement");
  assert.ok(!handler!.silenced.has(stream.streamId), "told before the answer");
});

Deno.test("a stream that whoever resumes may not publish refuses the resume and changes nothing", async () => {
  await using stage = await MeetingStage.open();
  const [own, foreign] = [audioStream(), audioStream()];
  const { anna, ben } = await lost(stage, { streams: [own] });
  await ben.request({ case: "publishStream", value: foreign }, "streamPublished");
  const back = await stage.connect();
  const request = await anna.resumeRequest({ streams: [foreign] });
  assert.equal(await back.refused(request), ErrorCode.CONFLICT);
  const joined = await anna.resume({ streams: [own] });
  assert.deepEqual(joined.self?.streams.map(({ streamId }) => streamId), [own.streamId]);
});

Deno.test("a delivery key that changed meanwhile is told to the others", async () => {
  await using stage = await MeetingStage.open();
  const { anna, ben } = await lost(stage);
  const encryptionKeys = { ...deliveryKey(), keyId: "after-the-loss" };
  await anna.resume({ encryptionKeys });
  const updated = await ben.event("encryptionKeysUpdated");
  assert.equal(updated.encryptionKeys?.keyId, "after-the-loss");
});

Deno.test("messages that were missed follow the answer, those of others' privacy do not", async () => {
  await using stage = await MeetingStage.open();
  const [ben, cleo] = [await stage.join("Ben"), await stage.join("Cleo")];
  const anna = await stage.joinAs("Anna");
  const say = (recipientId: string, text: string) =>
    ben.request({
      case: "sendMessage",
      value: {
        messageId: crypto.randomUUID(),
        recipientId,
        content: new TextEncoder().encode(text),
      },
    }, "acknowledgement");
  await say("", "heard");
  const heard = await anna.client.event("messageReceived");
  anna.lose();
  await ben.event("participantUpdated");
  await say("", "to all");
  await say(cleo.participantId, "to Cleo");
  await say(anna.participantId, "to Anna");
  const joined = await anna.resume({ lastMessageNumber: heard.number });
  assert.equal(joined.lastMessageNumber, 4n);
  const texts = [];
  for (let i = 0; i < 2; i++) {
    const { content } = await anna.client.event("messageReceived");
    texts.push(new TextDecoder().decode(content));
  }
  await anna.client.settle();
  assert.deepEqual(texts, ["to all", "to Anna"]);
  assert.deepEqual(
    anna.client.arrivals,
    ["joinResponse", "messageReceived", "messageReceived", "pong"],
  );
});

Deno.test("what was said before the join is not for whoever claims at a resume to know nothing", async () => {
  await using stage = await MeetingStage.open();
  const ben = await stage.join("Ben");
  const say = () => {
    const value = { messageId: crypto.randomUUID(), content: Uint8Array.of(1) };
    return ben.request({ case: "sendMessage", value }, "acknowledgement");
  };
  await say();
  const anna = await stage.joinAs("Anna");
  await say();
  await anna.resume({ lastMessageNumber: 0n });
  await anna.client.settle();
  const numbers = anna.client.events.flatMap((event) =>
    event.case === "messageReceived" ? [event.value.number] : []
  );
  assert.deepEqual(numbers, [2n]);
});

Deno.test("without signaling and media somebody is away after 10 s and comes back as the same", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const { anna, ben } = await lost(stage, { streams: [audioStream()] });
  await pass(clock, AWAY_AFTER_MS - 1, ben);
  assert.equal(ben.roster.size, 1);
  await pass(clock, 1, ben);
  assert.equal((await ben.event("participantLeft")).reason, LeaveReason.CONNECTION_LOST);
  assert.equal(stage.occurrences.at(-1)?.type, "left");
  const [handler] = stage.media.handlers;
  assert.ok(handler!.participants.has(anna.participantId), "the session lives");

  const joined = await anna.resume();
  assert.equal(joined.participantId, anna.participantId);
  const back = await ben.event("participantJoined");
  assert.equal(back.participant?.participantId, anna.participantId);
  assert.equal(stage.occurrences.at(-1)?.type, "joined");
});

Deno.test("who closes the page is away in two seconds, and comes back as the same", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const ben = await stage.join("Ben");
  const anna = await stage.joinAs("Anna");
  stage.tellMedia(anna.participantId, true);
  anna.client.session.close();
  stage.tellMedia(anna.participantId, false);
  await ben.event("participantUpdated");
  await pass(clock, CLOSED_AWAY_AFTER_MS, ben);
  assert.equal((await ben.event("participantLeft")).reason, LeaveReason.CONNECTION_LOST);
  assert.equal((await anna.resume()).participantId, anna.participantId);
});

Deno.test("whose media stands stays in the meeting, and is away once that is gone, too", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const ben = await stage.join("Ben");
  const anna = await stage.joinAs("Anna");
  stage.tellMedia(anna.participantId, true);
  assert.equal(await seenState(ben), ConnectionState.CONNECTED);
  anna.lose();
  assert.equal(await seenState(ben), ConnectionState.RECONNECTING);
  await pass(clock, 60_000, ben);
  assert.equal(ben.roster.size, 1);
  stage.tellMedia(anna.participantId, false);
  await pass(clock, AWAY_AFTER_MS, ben);
  assert.equal(ben.roster.size, 0);
});

for (
  const [ms, outcome] of [
    [SESSION_LIFETIME_MS - 1_000, "the same participant"],
    [SESSION_LIFETIME_MS + 1_000, "nobody that is known"],
  ] as const
) {
  Deno.test(`who comes back ${ms} ms after the loss is ${outcome}`, async () => {
    const clock = new ManualClock();
    await using stage = await MeetingStage.open({ clock });
    const { anna, ben } = await lost(stage);
    await pass(clock, ms, ben);
    if (ms < SESSION_LIFETIME_MS) {
      assert.equal((await anna.resume()).participantId, anna.participantId);
      return;
    }
    const back = await stage.connect();
    assert.equal(await back.refused(await anna.resumeRequest()), ErrorCode.NOT_FOUND);
    await stage.settle();
    assert.ok(!stage.media.handlers[0]!.participants.has(anna.participantId));
  });
}

Deno.test("who says nothing for 7 s has lost the connection; who pings has not", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const ben = await stage.join("Ben");
  const anna = await stage.joinAs("Anna");
  await ben.event("participantJoined");
  const silent = anna.client.closed;
  await pass(clock, HEARTBEAT_LIMIT_MS, ben);
  assert.equal(await seenState(ben), ConnectionState.RECONNECTING);
  assert.equal((await clock.advanceUntil(silent)).closeCode, CloseCode.TIMEOUT);
});

Deno.test("the epoch of the meeting's owner is in everything that it says", async () => {
  await using stage = await MeetingStage.open();
  const { anna, ben } = await lost(stage);
  await anna.resume();
  assert.deepEqual([anna.client.epoch, ben.epoch], [1n, 1n]);
  assert.deepEqual([...anna.client.fallenEpochs, ...ben.fallenEpochs], []);
});

Deno.test("somebody removed or whose meeting ended while lost does not come back", async () => {
  await using stage = await MeetingStage.open();
  const { anna, ben } = await lost(stage);
  await stage.controller.eject(stage.meetingId, anna.participantId, "be kind");
  assert.equal((await ben.event("participantLeft")).reason, LeaveReason.KICKED);
  const refuse = async (person: ResumablePerson) =>
    await (await stage.connect()).refused(await person.resumeRequest());
  assert.equal(await refuse(anna), ErrorCode.NOT_FOUND);
  const cleo = await stage.joinAs("Cleo");
  cleo.lose();
  await stage.end();
  assert.equal(await refuse(cleo), ErrorCode.NOT_FOUND);
  assert.equal(stage.occurrences.filter(({ type }) => type === "left").length, 3);
});

Deno.test("who is banned while the connection is lost does not come back, with code 12", async () => {
  await using stage = await MeetingStage.open();
  const host = await stage.join("Host", {
    joinToken: await stage.token(undefined, { role: "host" }),
  });
  const account = { user_id: crypto.randomUUID() };
  const twice = [
    await stage.joinAs("Anna", { joinToken: await stage.token(undefined, account) }),
    await stage.joinAs("Anna", { joinToken: await stage.token(undefined, account) }),
  ] as const;
  twice[0].lose();
  await host.event("participantUpdated");
  const { participantId } = twice[1];
  const ban = { case: "removeParticipant", value: { participantId, ban: true } } as const;
  await host.request(ban, "acknowledgement");
  const codes = await Promise.all(twice.map(async (person) => {
    const back = await stage.connect();
    return await back.refused(await person.resumeRequest());
  }));
  assert.deepEqual(codes, [ErrorCode.NOT_FOUND, ErrorCode.NOT_FOUND]);
});

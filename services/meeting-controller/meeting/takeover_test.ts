import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MeetingControllerInfoSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import type { GivenRole } from "../facts/meeting_facts.ts";
import type { MeetingOccurrence } from "../events/meeting_events.ts";
import { CloseCode } from "../participant/close_code.ts";
import { LOST_CONNECTION, type ParticipantConnection } from "../participant/participant.ts";
import { AWAY_AFTER_MS, SESSION_LIFETIME_MS } from "../presence/presence.ts";
import { MEETING_FIELD, restoreMeeting } from "../state/meeting_fields.ts";
import { FakeMediaHandlers } from "../testing/fake_media_handlers.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { audioStream, deliveryKey } from "../testing/meeting_stage.ts";
import { ResumeIdentity } from "../testing/resumable_person.ts";
import { TestTenure } from "../testing/test_tenure.ts";
import { readPublication } from "../publication/publication.ts";
import { Meeting } from "./meeting.ts";

const log = createLogger("test");
const STORE_NOW_MS = 1_800_000_000_000;

/** A meeting and all who own it, one after the other, with media that goes on. */
class Owners {
  readonly meetingId = crypto.randomUUID();
  readonly clock = new ManualClock();
  readonly media = new FakeMediaHandlers();
  readonly occurrences: MeetingOccurrence[] = [];
  readonly #beganAtMs = this.clock.now();
  tenure = new TestTenure({ storeNow: () => this.storeNow() });
  meeting = this.#own();

  storeNow(): number {
    return STORE_NOW_MS + this.clock.now() - this.#beganAtMs;
  }

  /** Somebody joins. */
  async join(name: string, options: { canResume?: boolean } = {}) {
    const identity = await ResumeIdentity.create();
    const connection = new Connection();
    const participantId = crypto.randomUUID();
    const prepared = await this.meeting.entrance.admit({
      identity: {
        participantId,
        role: "participant",
        grants: new Set(["microphone", "chat"]),
        name: undefined,
        userId: "",
        userReference: "",
        tokenId: crypto.randomUUID(),
        guestId: "",
        network: "",
        mustKnock: false,
      },
      connection,
      streams: [],
      useToken: () => Promise.resolve(),
      call: {},
    });
    const stream = readPublication(audioStream());
    const { participant, answer } = this.meeting.join(prepared, {
      name,
      encryptionKeys: deliveryKey(),
      streams: [stream],
      subscribeToAll: true,
      identityKey: options.canResume === false ? new Uint8Array(0) : identity.publicKey,
    }, {});
    assert.ok(answer.case === "joinResponse");
    return { participant, connection, identity, stream, secret: answer.value.resumeSecret! };
  }

  /** The owner is gone, and another one goes on with what it left. */
  takeOver(known: { roles?: GivenRole[] } = {}): void {
    this.meeting.stepDown();
    const nowMs = this.storeNow();
    this.tenure = new TestTenure({
      epoch: this.tenure.epoch + 1n,
      known: { ...known, settings: { ...this.tenure.known.settings, e2eEncryption: false } },
      restored: restoreMeeting({ fields: new Map(this.tenure.fields), nowMs }, log),
      storeNow: () => this.storeNow(),
    });
    this.meeting = this.#own();
  }

  async resume(person: Awaited<ReturnType<Owners["join"]>>) {
    const { meetingId } = this;
    const { participant: { id: participantId }, secret, stream } = person;
    const proof = await person.identity.prove({ meetingId, participantId, secret });
    const connection = new Connection();
    const resumed = await this.meeting.resume(
      {
        meetingId,
        participantId,
        secret,
        proof,
        lastMessageNumber: 0n,
        streams: [stream],
        encryptionKeys: undefined,
      },
      connection,
      {},
    );
    assert.ok(resumed.answer.case === "joinResponse");
    return { ...resumed, welcome: resumed.answer.value, connection };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clock.advanceUntil(this.meeting[Symbol.asyncDispose]());
  }

  #own(): Meeting {
    return new Meeting(this.meetingId, this.tenure, {
      mediaHandlers: this.media,
      events: { report: (occurrence) => this.occurrences.push(occurrence) },
      clock: this.clock,
      log,
      checkCapacity: () => undefined,
    });
  }
}

class Connection implements ParticipantConnection {
  readonly closedByPeer = Promise.resolve(false);
  code: CloseCode | undefined;
  messages = 0;
  send(): void {
    this.messages++;
  }
  close(code: CloseCode): void {
    this.code ??= code;
  }
}

Deno.test("what is noted is at any time what the whole meeting is", async () => {
  await using owners = new Owners();
  const anna = await owners.join("Anna");
  const ben = await owners.join("Ben");
  owners.meeting.hands.set(anna.participant, true);
  owners.meeting.streams.unsubscribe(ben.participant, anna.stream.streamId);
  owners.meeting.closed(ben.participant, ben.connection, CloseCode.NORMAL);
  assert.deepEqual(owners.meeting.snapshot(), owners.tenure.fields);
});

Deno.test("the next owner has everyone with streams, hands, subscriptions and secrets", async () => {
  await using owners = new Owners();
  const [anna, ben] = [await owners.join("Anna"), await owners.join("Ben")];
  owners.meeting.hands.set(anna.participant, true);
  owners.meeting.streams.unsubscribe(ben.participant, anna.stream.streamId);
  const before = owners.meeting.snapshot();
  owners.takeOver();
  assert.equal(anna.connection.code, CloseCode.GOING_AWAY);
  assert.equal(owners.meeting.size, 2);

  const back = await owners.resume(anna);
  assert.equal(back.welcome.self?.handRaised, 1n);
  assert.equal(back.welcome.e2eEncryption, true, "as it was when it began");
  assert.deepEqual(back.welcome.existingParticipants?.map(({ name }) => name), ["Ben"]);
  await owners.resume(ben);
  const [own] = owners.media.handlers;
  await owners.meeting.streams.told();
  assert.deepEqual(own!.participants, new Set([anna.participant.id, ben.participant.id]));
  assert.deepEqual(own!.routes.get(anna.stream.streamId)?.destinations, new Set());
  assert.deepEqual(new Set(owners.meeting.snapshot().keys()), new Set(before.keys()));
});

Deno.test("time that passed before a takeover counts", async () => {
  await using owners = new Owners();
  const [anna, ben] = [await owners.join("Anna"), await owners.join("Ben")];
  owners.meeting.closed(anna.participant, anna.connection, CloseCode.NORMAL);
  owners.clock.advance(AWAY_AFTER_MS);
  assert.equal(owners.meeting.size, 1, "Anna is away");
  owners.clock.advance(60_000 - AWAY_AFTER_MS);
  owners.takeOver();
  assert.equal(owners.meeting.size, 1);
  owners.clock.advance(SESSION_LIFETIME_MS - 60_000 - 1);
  assert.deepEqual(
    owners.meeting.participants().sort(),
    [
      anna.participant.id,
      ben.participant.id,
    ].sort(),
  );
  owners.clock.advance(1);
  assert.deepEqual(owners.meeting.participants(), [ben.participant.id]);
});

Deno.test("whose media stands stays seen after a takeover, whoever has none is away after 10 s", async () => {
  await using owners = new Owners();
  const [anna, ben] = [await owners.join("Anna"), await owners.join("Ben")];
  owners.media.handlers[0]!.connected.add(anna.participant.id);
  owners.takeOver();
  owners.clock.advance(AWAY_AFTER_MS);
  assert.equal(owners.meeting.size, 1);
  assert.equal((await owners.resume(ben)).participant.isAway, false);
  assert.equal(owners.meeting.size, 2);
});

Deno.test("who cannot resume does not stay with the next owner", async () => {
  await using owners = new Owners();
  const ben = await owners.join("Ben", { canResume: false });
  const anna = await owners.join("Anna");
  owners.takeOver();
  assert.deepEqual(owners.meeting.participants(), [anna.participant.id]);
  const left = owners.occurrences.filter(({ type }) => type === "left");
  assert.deepEqual(left.map(({ participantId }) => participantId), [ben.participant.id]);
  assert.deepEqual(owners.meeting.snapshot(), owners.tenure.fields);
});

Deno.test("when nobody stays with the next owner, the media handler lets go of all", async () => {
  await using owners = new Owners();
  await owners.join("Ben", { canResume: false });
  await owners.meeting.streams.told();
  owners.takeOver();
  await owners.meeting.streams.told();
  assert.deepEqual(owners.media.handlers[0]!.participants, new Set());
});

Deno.test("the next owner tells again who is here, and not who is away", async () => {
  await using owners = new Owners();
  const [anna, ben] = [await owners.join("Anna"), await owners.join("Ben")];
  owners.meeting.closed(anna.participant, anna.connection, CloseCode.NORMAL);
  owners.clock.advance(AWAY_AFTER_MS);
  const before = owners.occurrences.length;
  owners.takeOver();
  const told = owners.occurrences.slice(before);
  assert.deepEqual(
    told.map(({ type, participantId, epoch }) => [type, participantId, epoch]),
    [["joined", ben.participant.id, 2n]],
  );
});

Deno.test("a meeting whose record is lost is as encrypted as it was while somebody is in it", async () => {
  await using owners = new Owners();
  const anna = await owners.join("Anna");
  owners.tenure.fields.set(MEETING_FIELD, Uint8Array.of(0xff));
  owners.takeOver();
  assert.equal((await owners.resume(anna)).welcome.e2eEncryption, true);
});

Deno.test("a role that was given at the last moment is known by the facts", async () => {
  await using owners = new Owners();
  const anna = await owners.join("Anna");
  const given = { participantId: anna.participant.id, userId: "", role: "co_host" } as const;
  owners.takeOver({ roles: [given] });
  assert.equal((await owners.resume(anna)).participant.role, "co_host");
});

Deno.test("a meeting that moves tells where to, refuses changes, and ends who stays after a while", async () => {
  await using owners = new Owners();
  const [anna, ben] = [await owners.join("Anna"), await owners.join("Ben")];
  const before = ben.connection.messages;
  const moved = owners.meeting.moveTo(
    create(MeetingControllerInfoSchema, { meetingControllerUrl: "https://mc-2.test" }),
  );
  assert.equal(ben.connection.messages, before + 1);
  assert.throws(() => owners.meeting.checkOpen(), /another controller/);
  owners.meeting.closed(anna.participant, anna.connection, CloseCode.NORMAL);
  assert.equal(anna.participant.connection, LOST_CONNECTION);
  assert.equal(ben.connection.code, undefined);
  await owners.clock.advanceUntil(moved);
  assert.equal(ben.connection.code, CloseCode.GOING_AWAY);
  assert.ok(!owners.occurrences.some(({ type }) => type === "left"));
});

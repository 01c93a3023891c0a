import assert from "node:assert/strict";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { framePayload } from "../../../proto/media_frame/frame_parser.ts";
import {
  ACKNOWLEDGEMENT_BATCH_MS,
  DecryptionError,
  type DecryptionErrorReason,
  KEY_REQUEST_INTERVAL_MS,
  KeyMessageError,
} from "./key_schedule.ts";
import {
  GENERATION_LIFETIME_MS,
  LEAVE_DEBOUNCE_MS,
  STEPS_BEFORE_NEW_GENERATION,
} from "./key_distribution.ts";
import { KeyMessageType } from "./key_message.ts";
import { OLD_KEY_LIFETIME_MS } from "./received_keys.ts";
import { kidOf } from "./sender_key.ts";
import { readSFrameHeader } from "./sframe/header.ts";
import {
  parseFrame,
  plaintextFrame,
  SimulatedMeeting,
  type SimulatedMember,
  videoHeader,
} from "../testing/simulated_meeting.ts";
import { settled } from "../testing/simulated_time.ts";

const TEXT = new TextEncoder().encode("a picture of someone waving");
const STREAM = "00112233-4455-4677-8899-aabbccddeeff";
const OTHER_STREAM = "00112233-4455-4677-8899-aabbccddee00";

function refusedAs(reason: DecryptionErrorReason) {
  return (error: unknown) => error instanceof DecryptionError && error.reason === reason;
}

function refusedMessage(reason: string) {
  return (error: unknown) => error instanceof KeyMessageError && error.reason === reason;
}

async function encrypt(sender: SimulatedMember, sequence = 0, stream = STREAM): Promise<Frame> {
  const encryptor = sender.schedule.encryptor(stream, 0);
  return parseFrame(await encryptor.encrypt(videoHeader(stream, sequence), TEXT));
}

function decrypt(receiver: SimulatedMember, sender: SimulatedMember, frame: Frame) {
  return receiver.schedule.decryptor(sender.id, frame.header.streamId).decrypt(frame);
}

async function reads(receiver: SimulatedMember, sender: SimulatedMember): Promise<void> {
  const plaintext = await decrypt(receiver, sender, await encrypt(sender));
  assert.deepEqual(plaintext, TEXT);
}

function kid(frame: Frame): number {
  return readSFrameHeader(framePayload(frame)).kid;
}

Deno.test("members of a meeting read each other's frames", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob, eve] = [await meeting.join(), await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  for (const [sender, receiver] of [[ada, bob], [bob, eve], [eve, ada], [ada, eve]] as const) {
    await reads(receiver, sender);
  }
  assert.deepEqual(meeting.refusals, []);
});

Deno.test("a frame holds nothing of its plaintext", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  const frame = await encrypt(ada);
  assert.equal(frame.bytes.toHex().includes(TEXT.subarray(0, 4).toHex()), false);
});

Deno.test("a joiner cannot read what was sent before it joined, and reads what follows", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  await meeting.join();
  await meeting.time.advance(300);
  const before = await encrypt(ada);
  const eve = await meeting.join();
  await settled();
  await assert.rejects(decrypt(eve, ada, before), refusedAs("old-key"));
  const after = await encrypt(ada);
  assert.equal(kid(after), kid(before) + 1);
  assert.deepEqual(await decrypt(eve, ada, after), TEXT);
});

Deno.test("joins within 250 ms share a ratchet step, of which the first waits for nothing", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  const first = await meeting.join();
  await settled();
  assert.equal(ada.events.ratchets, 1);
  const others = [await meeting.join(), await meeting.join(), await meeting.join()];
  await meeting.time.advance(249);
  assert.equal(ada.events.ratchets, 1);
  await meeting.time.advance(1);
  assert.equal(ada.events.ratchets, 2);
  for (const member of [first, ...others]) await reads(member, ada);
});

Deno.test("a joiner that asks early still gets no key from before it joined", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  await meeting.join();
  await settled();
  const before = await encrypt(ada);
  const eve = await meeting.join();
  await ada.schedule.receive(eve.id, new Uint8Array([1, KeyMessageType.request]));
  await meeting.time.advance(1000);
  await assert.rejects(decrypt(eve, ada, before), refusedAs("old-key"));
  await reads(eve, ada);
});

Deno.test("a leaver reads nothing more after the new generation, within two seconds", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob, eve] = [await meeting.join(), await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  await reads(eve, ada);
  meeting.leave(eve);
  await meeting.time.advance(499);
  assert.equal(ada.events.generations, 0);
  await meeting.time.advance(1501);
  assert.equal(ada.events.generations, 1);
  const frame = await encrypt(ada);
  const outcome = assert.rejects(decrypt(eve, ada, frame), refusedAs("unknown-key"));
  assert.deepEqual(await decrypt(bob, ada, frame), TEXT);
  await meeting.time.advance(1000);
  await outcome;
});

Deno.test("a leaver that asks for keys gets none", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, , eve] = [await meeting.join(), await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  meeting.leave(eve);
  await meeting.time.advance(2000);
  meeting.relayed.length = 0;
  const request = ada.schedule.receive(eve.id, new Uint8Array([1, KeyMessageType.request]));
  await assert.rejects(request, refusedMessage("unknown-sender"));
  await meeting.time.advance(2000);
  assert.deepEqual(meeting.relayed.filter(({ recipientId }) => recipientId === eve.id), []);
});

Deno.test("several leavers within half a second share one new generation", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  const others = [await meeting.join(), await meeting.join(), await meeting.join()];
  await meeting.time.advance(600);
  meeting.leave(others[0]!);
  await meeting.time.advance(400);
  meeting.leave(others[1]!);
  await meeting.time.advance(3000);
  assert.equal(ada.events.generations, 1);
});

Deno.test("a new generation is used once all acknowledged it", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  const eve = await meeting.join();
  await meeting.time.advance(300);
  meeting.leave(eve);
  await meeting.time.advance(LEAVE_DEBOUNCE_MS + ACKNOWLEDGEMENT_BATCH_MS);
  assert.equal(ada.events.generations, 1);
  await reads(bob, ada);
});

Deno.test("acknowledgements to several members go out in one delivery", async () => {
  await using meeting = new SimulatedMeeting();
  for (let i = 0; i < 4; i++) await meeting.join();
  await meeting.time.advance(1000);
  meeting.deliveries.length = 0;
  const eve = await meeting.join();
  await meeting.time.advance(1000);
  const acknowledging = meeting.deliveries.filter(({ senderId, types }) =>
    senderId === eve.id && types.includes(KeyMessageType.acknowledgement)
  );
  assert.deepEqual(acknowledging.map(({ types }) => types), [Array(4).fill(2)]);
});

Deno.test("a new generation is used after a second even if someone stays silent", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob, eve] = [await meeting.join(), await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  meeting.fate = ({ recipientId }) => recipientId === bob.id ? "hold" : "deliver";
  meeting.leave(eve);
  await meeting.time.advance(1499);
  assert.equal(ada.events.generations, 0);
  await meeting.time.advance(1);
  assert.equal(ada.events.generations, 1);
  // A frame that overtakes its key waits for it.
  const plaintext = decrypt(bob, ada, await encrypt(ada));
  meeting.release();
  assert.deepEqual(await plaintext, TEXT);
});

Deno.test("the key changes every five minutes, and old frames can be read for ten seconds", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(1000);
  const [early, late] = [await encrypt(ada, 1), await encrypt(ada, 2)];
  await meeting.time.advance(GENERATION_LIFETIME_MS);
  assert.equal(ada.events.generations, 1);
  const fresh = await encrypt(ada, 3);
  assert.equal(kid(fresh), kidOf(1, 0));
  assert.deepEqual(await decrypt(bob, ada, fresh), TEXT);
  await meeting.time.advance(OLD_KEY_LIFETIME_MS - 1);
  assert.deepEqual(await decrypt(bob, ada, early), TEXT);
  await meeting.time.advance(1);
  await assert.rejects(decrypt(bob, ada, late), refusedAs("old-key"));
});

Deno.test("a generation that took many steps is replaced, so that a KID never names two keys", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  const quiet = await meeting.join();
  for (let i = 1; i < STEPS_BEFORE_NEW_GENERATION; i++) {
    await meeting.time.advance(300);
    meeting.leave(await meeting.join());
  }
  await meeting.time.advance(2000);
  assert.ok(kid(await encrypt(ada)) >= kidOf(1, 0));
  await reads(quiet, ada);
});

Deno.test("a lost key is asked for after ten failures, and sent again", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  meeting.fate = ({ senderId }) => senderId === ada.id ? "drop" : "deliver";
  const bob = await meeting.join();
  await meeting.time.advance(300);
  meeting.fate = () => "deliver";
  const decryptor = bob.schedule.decryptor(ada.id, STREAM);
  const outcomes = [];
  for (let i = 0; i < 10; i++) {
    outcomes.push(assert.rejects(decryptor.decrypt(await encrypt(ada, i)), DecryptionError));
  }
  await meeting.time.advance(1000);
  await Promise.all(outcomes);
  await meeting.time.advance(10);
  assert.deepEqual(await decryptor.decrypt(await encrypt(ada, 11)), TEXT);
});

Deno.test("keys are asked for, and sent again, at most once a second", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  meeting.fate = ({ senderId }) => senderId === ada.id ? "drop" : "deliver";
  const bob = await meeting.join();
  await meeting.time.advance(300);
  const decryptor = bob.schedule.decryptor(ada.id, STREAM);
  const failures: Promise<void>[] = [];
  for (let i = 0; i < 300; i++) {
    failures.push(assert.rejects(decryptor.decrypt(await encrypt(ada, i))));
  }
  await meeting.time.advance(KEY_REQUEST_INTERVAL_MS - 1);
  const requests = () =>
    meeting.relayed.filter(({ message, senderId }) =>
      senderId === bob.id && message[1] === KeyMessageType.request
    ).length;
  assert.equal(requests(), 1);
  meeting.relayed.length = 0;
  for (let i = 0; i < 50; i++) {
    await ada.schedule.receive(bob.id, new Uint8Array([1, KeyMessageType.request]));
  }
  await settled();
  const wraps = meeting.relayed.filter(({ message }) => message[1] === KeyMessageType.wrap);
  assert.ok(wraps.length <= 1);
  await meeting.time.advance(2000);
  await Promise.all(failures);
});

Deno.test("an old key message cannot be played again", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(GENERATION_LIFETIME_MS + 1000);
  const wraps = meeting.relayed.filter(({ senderId, recipientId, message }) =>
    senderId === ada.id && recipientId === bob.id && message[1] === KeyMessageType.wrap
  );
  assert.equal(wraps.length, 2);
  for (const { message } of wraps) {
    await assert.rejects(bob.schedule.receive(ada.id, message), refusedMessage("replayed"));
  }
});

Deno.test("a key message for someone else, or said to be from someone else, is refused", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  meeting.fate = () => "hold";
  const eve = await meeting.join();
  await meeting.time.advance(300);
  const wrap = meeting.relayed.find(({ senderId, recipientId }) =>
    senderId === ada.id && recipientId === eve.id
  )!;
  const toBob = bob.schedule.receive(ada.id, wrap.message);
  await assert.rejects(toBob, refusedMessage("unknown-delivery-key"));
  const fromBob = eve.schedule.receive(bob.id, wrap.message);
  await assert.rejects(fromBob, refusedMessage("not-authentic"));
  const fromStranger = eve.schedule.receive(crypto.randomUUID(), wrap.message);
  await assert.rejects(fromStranger, refusedMessage("unknown-sender"));
  await eve.schedule.receive(ada.id, wrap.message);
});

Deno.test("delivery keys off the curve, and one's own, are refused and get no keys", async () => {
  const refused: string[] = [];
  await using meeting = new SimulatedMeeting({
    onMemberKeyRefused: (_id, error) => refused.push((error as KeyMessageError).reason),
  });
  const ada = await meeting.join();
  const own = ada.schedule.deliveryKey.publicKey;
  const offCurve = own.slice();
  offCurve[64]! ^= 1;
  const keys = [own, offCurve, new Uint8Array(65), new Uint8Array(0), own.subarray(0, 33)];
  for (const publicKey of keys) {
    ada.schedule.addMembers([{ participantId: crypto.randomUUID(), publicKey }], "present");
  }
  await meeting.time.advance(2000);
  assert.deepEqual(refused, ["reflected", ...Array(4).fill("invalid-point")]);
  assert.deepEqual(meeting.relayed, []);
});

Deno.test("a delivery key is replaced every five minutes, and wraps follow it", async () => {
  const replaced: string[] = [];
  await using meeting = new SimulatedMeeting({
    onDeliveryKeyReplaced: ({ keyId }) => replaced.push(keyId),
  });
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(GENERATION_LIFETIME_MS - 1);
  const first = bob.schedule.deliveryKey.keyId;
  assert.match(first, /^[\w-]{16}$/);
  await meeting.time.advance(1000);
  assert.notEqual(bob.schedule.deliveryKey.keyId, first);
  assert.ok(replaced.includes(bob.schedule.deliveryKey.keyId));
  ada.schedule.updateMemberKey(bob.id, bob.schedule.deliveryKey.publicKey);
  bob.schedule.updateMemberKey(ada.id, ada.schedule.deliveryKey.publicKey);
  await meeting.time.advance(GENERATION_LIFETIME_MS / 2);
  meeting.leave(await meeting.join());
  await meeting.time.advance(2000);
  await reads(bob, ada);
  await reads(ada, bob);
});

Deno.test("a frame that does not decrypt is never handed on, plaintext least of all", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  await reads(bob, ada);
  // What encoders begin their frames with: VP9 and VP8 frames, an Opus packet, nothing at all.
  for (const first of [0x82, 0x86, 0x10, 0x11, 0x50, 0xf8, 0xfc, 0x78]) {
    const payload = new Uint8Array(200).fill(0x5a);
    payload[0] = first;
    const outcome = assert.rejects(
      decrypt(bob, ada, plaintextFrame(STREAM, payload)),
      DecryptionError,
    );
    await meeting.time.advance(1000);
    await outcome;
  }
  const empty = plaintextFrame(STREAM, new Uint8Array(0));
  await assert.rejects(decrypt(bob, ada, empty), refusedAs("malformed"));
});

Deno.test("one frame reads the same for everyone: a KID has one key, and others are not tried", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  await reads(bob, ada);
  const eve = await meeting.join();
  await meeting.time.advance(300);
  await reads(bob, ada);
  const frame = await encrypt(ada);
  // Its KID now names the step before, under which it was not encrypted.
  const moved = frame.bytes.slice();
  const at = frame.bytes.length - framePayload(frame).length;
  moved[at] = moved[at]! - 0x10;
  await assert.rejects(decrypt(bob, ada, parseFrame(moved)), refusedAs("not-authentic"));
  assert.deepEqual(await decrypt(bob, ada, frame), TEXT);
  assert.deepEqual(await decrypt(eve, ada, frame), TEXT);
});

Deno.test("frames of a removed member are refused, also those that wait", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  meeting.fate = () => "drop";
  const bob = await meeting.join();
  await settled();
  const waiting = assert.rejects(
    decrypt(bob, ada, await encrypt(ada)),
    refusedAs("unknown-sender"),
  );
  await settled();
  bob.schedule.removeMember(ada.id);
  await waiting;
  await assert.rejects(decrypt(bob, ada, await encrypt(ada)), refusedAs("unknown-sender"));
});

Deno.test("results come in the order of the calls, in both directions", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  const encryptor = ada.schedule.encryptor(STREAM, 0);
  const decryptor = bob.schedule.decryptor(ada.id, STREAM);
  // Large frames first: left alone, the small ones would overtake them.
  const sizes = [400_000, 10, 200_000, 1, 100_000, 5, 0, 50];
  const encrypted: number[] = [];
  const frames = await Promise.all(sizes.map(async (size, i) => {
    const bytes = await encryptor.encrypt(videoHeader(STREAM, i), new Uint8Array(size));
    encrypted.push(i);
    return parseFrame(bytes);
  }));
  const decrypted: number[] = [];
  await Promise.all(frames.map(async (frame, i) => {
    assert.equal((await decryptor.decrypt(frame)).length, sizes[i]);
    decrypted.push(i);
  }));
  const order = sizes.map((_, i) => i);
  assert.deepEqual(encrypted, order);
  assert.deepEqual(decrypted, order);
});

Deno.test("at most 64 frames of a stream wait for a key, and keep their order", async () => {
  await using meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  meeting.fate = () => "hold";
  const bob = await meeting.join();
  await settled();
  const decryptor = bob.schedule.decryptor(ada.id, STREAM);
  const outcomes: string[] = [];
  for (let i = 0; i < 70; i++) {
    decryptor.decrypt(await encrypt(ada, i)).then(
      () => outcomes.push(`${i} read`),
      (error: DecryptionError) => outcomes.push(`${i} ${error.reason}`),
    );
  }
  await settled();
  assert.deepEqual(outcomes, Array.from({ length: 6 }, (_, i) => `${i} unknown-key`));
  meeting.release();
  await settled();
  assert.deepEqual(
    outcomes.slice(6),
    Array.from({ length: 64 }, (_, i) => `${i + 6} read`),
  );
});

Deno.test("a second encryptor or decryptor of a stream neither reuses a counter nor takes a replay", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  const frames = [await encrypt(ada, 0), await encrypt(ada, 1)];
  const counters = frames.map((frame) => readSFrameHeader(framePayload(frame)).counter);
  assert.deepEqual(counters, [0, 1]);
  for (const frame of frames) await decrypt(bob, ada, frame);
  for (const frame of frames) {
    await assert.rejects(decrypt(bob, ada, frame), refusedAs("replayed"));
  }
});

Deno.test("the same frame under way twice is read once", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  const frame = await encrypt(ada);
  const decryptor = bob.schedule.decryptor(ada.id, STREAM);
  const [first, second] = await Promise.allSettled([
    decryptor.decrypt(frame),
    decryptor.decrypt(frame),
  ]);
  assert.equal(first.status, "fulfilled");
  assert.ok(second.status === "rejected" && refusedAs("replayed")(second.reason));
});

Deno.test("a frame given to the decryptor of another stream is refused", async () => {
  await using meeting = new SimulatedMeeting();
  const [ada, bob] = [await meeting.join(), await meeting.join()];
  await meeting.time.advance(300);
  const decryptor = bob.schedule.decryptor(ada.id, OTHER_STREAM);
  await assert.rejects(decryptor.decrypt(await encrypt(ada)), refusedAs("wrong-stream"));
});

Deno.test("a disposed schedule leaves no timer, encrypts nothing and refuses what waits", async () => {
  const meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  meeting.fate = () => "drop";
  const bob = await meeting.join();
  await settled();
  const waiting = assert.rejects(decrypt(bob, ada, await encrypt(ada)), refusedAs("closed"));
  await settled();
  meeting.leave(bob);
  await meeting[Symbol.asyncDispose]();
  await waiting;
  assert.equal(meeting.time.timers, 0);
  await assert.rejects(encrypt(ada));
  const request = new Uint8Array([1, KeyMessageType.request]);
  await assert.rejects(ada.schedule.receive(bob.id, request), refusedMessage("closed"));
});

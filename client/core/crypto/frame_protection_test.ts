import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeFrame,
  FRAME_HEADER_LENGTH,
  FrameOffset,
} from "../../../proto/media_frame/frame_header.ts";
import { anyFrameHeader } from "../../../proto/testing/any_frame_header.ts";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { writeUuid } from "../../../proto/media_frame/uuid.ts";
import { DecryptionError } from "./decryption_error.ts";
import { FrameMetadata } from "./frame_metadata.ts";
import {
  parseFrame,
  SimulatedMeeting,
  type SimulatedMember,
  videoHeader,
} from "../testing/simulated_meeting.ts";
import { SenderKey } from "./sender_key.ts";
import { openSFrame, sealSFrame, sframeObjectLength } from "./sframe/cipher_suite.ts";
import { readSFrameHeader, SFrameError } from "./sframe/header.ts";

const STREAM = "00112233-4455-4677-8899-aabbccddeeff";
const OTHER_STREAM = "00112233-4455-4677-8899-aabbccddee00";
const TEXT = new TextEncoder().encode("a picture of someone waving");

async function meetingOf(count: number): Promise<[SimulatedMeeting, ...SimulatedMember[]]> {
  const meeting = new SimulatedMeeting();
  for (let i = 0; i < count; i++) await meeting.join();
  await meeting.time.advance(1000);
  return [meeting, ...meeting.members];
}

/** Decrypts what a media handler made of a frame, as the receiver's parser would read it. */
async function decryptBytes(
  receiver: SimulatedMember,
  senderId: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const frame = parseFrame(bytes);
  return await receiver.schedule.decryptor(senderId, frame.header.streamId).decrypt(frame);
}

Deno.test("any frame is read exactly as it was sent, header included", async () => {
  const [meeting, ada, bob] = await meetingOf(2);
  await using _ = meeting;
  await fc.assert(
    fc.asyncProperty(anyFrameHeader, fc.uint8Array({ maxLength: 300 }), async (header, data) => {
      const encryptor = ada!.schedule.encryptor(header.streamId, header.spatialLayer);
      const bytes = await encryptor.encrypt(header, data);
      const { payloadLength, ...read } = parseFrame(bytes).header;
      const { payloadLength: _ignored, ...sent } = header;
      assert.deepEqual(read, sent);
      assert.equal(payloadLength, bytes.length - FRAME_HEADER_LENGTH);
      assert.deepEqual(await decryptBytes(bob!, ada!.id, bytes), data);
    }),
    propertyRuns(200),
  );
});

Deno.test("every bit of header, counter, ciphertext and tag is protected, but for the length", async () => {
  const [meeting, ada, bob] = await meetingOf(2);
  await using _ = meeting;
  const encryptor = ada!.schedule.encryptor(STREAM, 0);
  const bytes = await encryptor.encrypt(videoHeader(STREAM), TEXT);
  const rejections: Promise<void>[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const at = bit >> 3;
    // The parser cuts frames by the length: changing it changes what the object is, not this test.
    if (at >= FrameOffset.payloadLength && at < FrameOffset.flags) continue;
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (bit & 7);
    rejections.push(assert.rejects(decryptBytes(bob!, ada!.id, damaged), `bit ${bit}`));
  }
  await meeting.time.advance(1000);
  await Promise.all(rejections);
  assert.deepEqual(await decryptBytes(bob!, ada!.id, bytes), TEXT);
});

Deno.test("a frame that is cut short or grows is refused", async () => {
  const [meeting, ada, bob] = await meetingOf(2);
  await using _ = meeting;
  const bytes = await ada!.schedule.encryptor(STREAM, 0).encrypt(videoHeader(STREAM), TEXT);
  const resized = (length: number) => {
    const changed = new Uint8Array(length);
    changed.set(bytes.subarray(0, length));
    new DataView(changed.buffer).setUint32(
      FrameOffset.payloadLength,
      length - FRAME_HEADER_LENGTH,
    );
    return changed;
  };
  for (const length of [46, 47, 62, bytes.length - 1, bytes.length + 1]) {
    await assert.rejects(decryptBytes(bob!, ada!.id, resized(length)), DecryptionError);
  }
});

Deno.test("a frame moved to another stream, layer, sender or meeting is refused", async () => {
  const [meeting, ada, bob, eve] = await meetingOf(3);
  await using _ = meeting;
  const bytes = await ada!.schedule.encryptor(STREAM, 0).encrypt(videoHeader(STREAM), TEXT);
  const otherStream = bytes.slice();
  writeUuid(OTHER_STREAM, otherStream, FrameOffset.streamId);
  await assert.rejects(decryptBytes(bob!, ada!.id, otherStream), DecryptionError);
  const otherLayer = bytes.slice();
  otherLayer[FrameOffset.layers] = 0x10;
  await assert.rejects(decryptBytes(bob!, ada!.id, otherLayer), DecryptionError);
  const fromEve = assert.rejects(decryptBytes(bob!, eve!.id, bytes), DecryptionError);
  await meeting.time.advance(1000);
  await fromEve;
  assert.deepEqual(await decryptBytes(bob!, ada!.id, bytes), TEXT);
});

Deno.test("a frame moved to another meeting is refused, even under the same key", async () => {
  const senderKey = SenderKey.generate("22222222-2222-4222-8222-222222222222", 0);
  const key = await senderKey.deriveFrameKey(STREAM, 0);
  const frame = encodeFrame(videoHeader(STREAM), TEXT);
  const metadata = () => new FrameMetadata(crypto.randomUUID(), senderKey.senderId).of(frame);
  const [here, elsewhere] = [metadata(), metadata()];
  const object = new Uint8Array(sframeObjectLength(0, 0, TEXT.length));
  await sealSFrame(key, 0, here, TEXT, object, 0);
  const header = readSFrameHeader(object);
  assert.deepEqual(await openSFrame(key, header, here, object), TEXT);
  await assert.rejects(openSFrame(key, header, elsewhere, object), SFrameError);
});

Deno.test("a delta frame cannot be made a key frame, nor a frame discardable", async () => {
  const [meeting, ada, bob] = await meetingOf(2);
  await using _ = meeting;
  const bytes = await ada!.schedule.encryptor(STREAM, 0).encrypt(videoHeader(STREAM), TEXT);
  const keyFrame = bytes.slice();
  keyFrame[FrameOffset.frameType] = 1;
  await assert.rejects(decryptBytes(bob!, ada!.id, keyFrame), DecryptionError);
  const discardable = bytes.slice();
  discardable[FrameOffset.flags + 1]! |= 2;
  await assert.rejects(decryptBytes(bob!, ada!.id, discardable), DecryptionError);
});

Deno.test("the header of one frame does not fit the payload of another", async () => {
  const [meeting, ada, bob] = await meetingOf(2);
  await using _ = meeting;
  const encryptor = ada!.schedule.encryptor(STREAM, 0);
  const first = await encryptor.encrypt(videoHeader(STREAM, 0), TEXT);
  const second = await encryptor.encrypt(videoHeader(STREAM, 1), TEXT);
  const mixed = first.slice();
  mixed.set(second.subarray(FRAME_HEADER_LENGTH), FRAME_HEADER_LENGTH);
  await assert.rejects(decryptBytes(bob!, ada!.id, mixed), DecryptionError);
});

Deno.test("a stream's encryptor takes no header of another stream or layer", async () => {
  const [meeting, ada] = await meetingOf(1);
  await using _ = meeting;
  const encryptor = ada!.schedule.encryptor(STREAM, 1);
  await assert.rejects(encryptor.encrypt(videoHeader(OTHER_STREAM, 0, 1), TEXT), RangeError);
  await assert.rejects(encryptor.encrypt(videoHeader(STREAM, 0, 0), TEXT), RangeError);
});

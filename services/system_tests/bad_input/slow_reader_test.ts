import assert from "node:assert/strict";
import type { DownlinkReport } from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import type { TestClient } from "../../media-handler/testing/test_client.ts";
import { eventually } from "../eventually.ts";
import { createMeeting, Guest } from "../guest.ts";
import { type ArrivedFrame, camera } from "../headless_client.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { Attacker } from "./attacker.ts";
import { RawMediaSession } from "./raw_media_session.ts";

const PICTURE_INTERVAL_MS = 33;
const PICTURE_BYTES = 1_500;
/** Temporal layers of four pictures in a row, as of L1T3. */
const TEMPORAL_LAYERS = [0, 2, 1, 2] as const;

/** How long pictures are watched, milliseconds. */
const WATCH_MS = 4_000;
/** How long a slow reader has until its layers have dropped, milliseconds. */
const ADAPTATION_MS = 6_000;
/** What it reads in a second, bytes, and how often it does and says so, milliseconds. */
const READ_BYTES_PER_SECOND = 50_000 / 8;
const READ_INTERVAL_MS = 100;
/** How much later pictures may come to the others because of slow readers, milliseconds. */
const LATENCY_TOLERANCE_MS = 50;
const PUBLISHED_BPS = 360_000;
/** Part of that which slow readers may still be sent: little more than the base layer. */
const SLOW_PART = 0.34;

/** Resolves after `durationMs` of a meeting in which pictures flow. */
function pass(durationMs: number): Promise<void> {
  const endMs = performance.now() + durationMs;
  return eventually("time passes", 2 * durationMs, () => performance.now() >= endMs)
    .then(() => undefined);
}

/** When a picture was sent, milliseconds of `performance.now`. */
function sentAtMs({ data }: ArrivedFrame): number {
  return new DataView(data.buffer, data.byteOffset).getFloat64(0);
}

/** The latency that 19 of 20 pictures stay below, and how many there were. */
async function watch(viewer: Guest): Promise<{ latencyMs: number; pictures: number }> {
  const first = viewer.frames.length;
  await pass(WATCH_MS);
  const latencies = viewer.frames.slice(first)
    .map((frame) => frame.arrivedAtMs - sentAtMs(frame)).sort((a, b) => a - b);
  return {
    latencyMs: latencies[Math.floor(latencies.length * 0.95)]!,
    pictures: latencies.length,
  };
}

/** Sends pictures with their time in them, until it is disposed of. */
function sendPictures(publisher: Guest, streamId: string): Disposable {
  let count = 0;
  const timer = setInterval(() => {
    const data = new Uint8Array(PICTURE_BYTES);
    new DataView(data.buffer).setFloat64(0, performance.now());
    const needed = publisher.meeting.localStream(streamId)!.needsKeyFrame;
    const keyFrame = needed || publisher.keyFrameCalls.includes(streamId);
    // A key frame is of the base layer, and the pattern begins with it, as encoders have it.
    if (keyFrame) count = 0;
    const temporalLayer = TEMPORAL_LAYERS[count++ % TEMPORAL_LAYERS.length]!;
    publisher.send(streamId, { data, temporalLayer, keyFrame }).catch(() => undefined);
  }, PICTURE_INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Reports of each stream only what somebody has that reads slowly, until it is disposed of. */
function readSlowly(client: TestClient): Disposable {
  const bytesEach = Math.round(READ_BYTES_PER_SECOND * READ_INTERVAL_MS / 1_000);
  const read = new Map<number, number>();
  const timer = setInterval(() => {
    for (const { header, receivedBytes } of client.streams) {
      if (header === undefined) continue;
      const before = read.get(header.deliveryNumber) ?? 0;
      const bytes = Math.min(receivedBytes, before + bytesEach);
      read.set(header.deliveryNumber, bytes);
      if (bytes > before) client.report(header.deliveryNumber, bytes).catch(() => undefined);
    }
  }, READ_INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

Deno.test("slow readers get less, and the others do not notice", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  const code = await createMeeting(stack.url);
  await using ada = new Guest(stack.url, code);
  await using bob = new Guest(stack.url, code);
  const adaCamera = camera();
  await ada.join("Ada", [adaCamera]);
  await bob.join("Bob");
  using _pictures = sendPictures(ada, adaCamera.streamId);
  await bob.until("Bob sees Ada", () => bob.frames.length > 10);
  const alone = await watch(bob);

  const assertUnnoticed = ({ latencyMs, pictures }: typeof alone) => {
    console.log({ alone, latencyMs, pictures });
    assert.ok(latencyMs <= alone.latencyMs + LATENCY_TOLERANCE_MS, `${latencyMs} ms`);
    assert.ok(pictures >= alone.pictures * 0.9, `${pictures} pictures`);
  };

  const assertLittleSent = (told: DownlinkReport | undefined) => {
    const stream = told?.streams.find(({ streamId }) => streamId === adaCamera.streamId);
    assert.ok(stream !== undefined, "the media handler told nothing of the stream");
    console.log({ bitrateBps: stream.bitrate, paused: stream.paused });
    assert.ok(stream.bitrate <= SLOW_PART * PUBLISHED_BPS, `${stream.bitrate} bits a second`);
  };

  await t.step("one that reads 50 kbit/s", async () => {
    using attacker = new Attacker(stack.url, code);
    const { media } = await attacker.intrude({}, { reports: false });
    using _reading = readSlowly(media);
    await pass(ADAPTATION_MS);
    assertUnnoticed(await watch(bob));
    const told = media.messages.flatMap((m) => m.case === "downlinkReport" ? [m.value] : []);
    assertLittleSent(told.at(-1));
  });

  await t.step("one that reads nothing", async () => {
    using attacker = new Attacker(stack.url, code);
    const { connectionToken } = await attacker.intrude();
    const { endpoint, certificate_hashes: hashes } = stack.service("media-handler").listening;
    await using session = await RawMediaSession.open(
      {
        port: Number(new URL(String(endpoint)).port),
        hash: Uint8Array.from(atob((hashes as string[])[0]!), (text) => text.charCodeAt(0)),
      },
      connectionToken,
    );
    assertUnnoticed(await watch(bob));
    await session.answers();
    assertLittleSent(session.downlink);
  });
});

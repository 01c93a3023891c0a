import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import {
  MAX_PACED_BYTES,
  MIN_SLICE_BYTES,
  Pacer,
  PACING_GAIN,
  PACING_INTERVAL_MS,
  THIN_PACING_GAIN,
  THIN_SLICE_BYTES,
} from "./pacer.ts";

/** A stream that notes what was written and when. */
function makeStream(sendOrder: number, log: string[] = []) {
  const pieces: { bytes: Uint8Array; atMs: number }[] = [];
  return {
    sendOrder,
    pieces,
    write(bytes: Uint8Array, atMs: number) {
      pieces.push({ bytes, atMs });
      log.push(`${sendOrder}:${bytes.length}`);
    },
    bytes: () => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

/** Runs the pacer until nothing waits; when the last byte was written. */
function drain(pacer: Pacer, fromMs: number): number {
  let nowMs = fromMs;
  while (pacer.dueInMs !== Infinity) pacer.run(nowMs += pacer.dueInMs);
  return nowMs;
}
const MBIT = 1_000_000;

Deno.test("before an estimate everything goes straight through", () => {
  const pacer = new Pacer();
  const stream = makeStream(1);
  strictEqual(pacer.send(stream, new Uint8Array(1_000_000), 0), true);
  strictEqual(stream.pieces.length, 1);
});

Deno.test("a frame that the path carries in a moment is written at once and whole", () => {
  const pacer = new Pacer();
  pacer.setRate(10 * MBIT, true);
  const stream = makeStream(1);
  const frame = new Uint8Array(20_000);
  pacer.send(stream, frame, 0);
  strictEqual(stream.pieces[0]!.bytes, frame);
  strictEqual(pacer.dueInMs, Infinity);
});

Deno.test("a key frame goes out in slices, somewhat faster than the path carries it", () => {
  const pacer = new Pacer();
  pacer.setRate(1.2 * MBIT, true);
  const stream = makeStream(1);
  const frame = crypto.getRandomValues(new Uint8Array(30_000));
  pacer.send(stream, frame, 0);
  ok(stream.pieces[0]!.bytes.length < 6_000);
  const endMs = drain(pacer, 0);
  const carriedMs = (30_000 * 8_000) / (1.2 * MBIT);
  ok(endMs < carriedMs && endMs > carriedMs / PACING_GAIN - 20, `${endMs} ms`);
  deepStrictEqual(new Uint8Array(stream.pieces.flatMap(({ bytes }) => [...bytes])), frame);
});

Deno.test("on a thin path slices are small and hardly faster than the path", () => {
  const pacer = new Pacer();
  pacer.setRate(0.28 * MBIT, true);
  const stream = makeStream(1);
  pacer.send(stream, new Uint8Array(6_000), 0);
  const endMs = drain(pacer, 0);
  const carriedMs = (6_000 * 8_000) / (0.28 * MBIT);
  const burstMs = (2 * THIN_SLICE_BYTES * 8_000) / (0.28 * MBIT);
  ok(endMs > (carriedMs - burstMs) / THIN_PACING_GAIN - 20, `${endMs} ms`);
  const longest = Math.max(...stream.pieces.slice(1).map(({ bytes }) => bytes.length));
  ok(longest < 2 * THIN_SLICE_BYTES, `${longest} bytes`);
});

Deno.test("of what waits the higher order goes first, but a frame that was begun is finished", () => {
  const log: string[] = [];
  const pacer = new Pacer();
  pacer.setRate(1 * MBIT, true);
  const face = makeStream(100, log);
  const share = makeStream(200, log);
  pacer.send(face, new Uint8Array(6_000), 0);
  pacer.send(face, new Uint8Array(1_000), 0);
  pacer.send(share, new Uint8Array(1_100), 0);
  drain(pacer, 0);
  const order = log.map((entry) => entry.split(":")[0]);
  deepStrictEqual(order.slice(-2), ["200", "100"]);
  strictEqual(face.bytes() + share.bytes(), 8_100);
});

Deno.test("what would wait too long is refused, and nothing of it is written", () => {
  const pacer = new Pacer();
  pacer.setRate(0.1 * MBIT, true);
  const stream = makeStream(1);
  strictEqual(pacer.send(stream, new Uint8Array(MAX_PACED_BYTES), 0), true);
  const written = stream.bytes();
  strictEqual(pacer.send(stream, new Uint8Array(100_000), 0), false);
  strictEqual(stream.bytes(), written);
});

Deno.test("a forgotten stream gets the rest of a frame that was begun and nothing else", () => {
  const pacer = new Pacer();
  pacer.setRate(1 * MBIT, true);
  const stream = makeStream(1);
  pacer.send(stream, new Uint8Array(6_000), 0);
  pacer.send(stream, new Uint8Array(6_000), 0);
  pacer.forget(stream, 0);
  strictEqual(stream.bytes(), 6_000);
  deepStrictEqual([pacer.queuedBytes, pacer.dueInMs], [0, Infinity]);
});

Deno.test("sound that passes by takes its part of the rate", () => {
  const pacer = new Pacer();
  pacer.setRate(1 * MBIT, true);
  pacer.passed(2_000, 0);
  const stream = makeStream(1);
  pacer.send(stream, new Uint8Array(2_000), 0);
  ok(pacer.queuedBytes > 0);
});

Deno.test("whatever is sent, each stream's bytes stay in order and the rate is kept", () => {
  const frame = fc.record({
    order: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: 40_000 }),
    afterMs: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), (frames) => {
      const pacer = new Pacer();
      pacer.setRate(2 * MBIT, true);
      const streams = [1, 2, 3].map((order) => makeStream(order));
      const sent = streams.map((): number[] => []);
      let nowMs = 0;
      let marker = 0;
      for (const { order, length, afterMs } of frames) {
        for (const endMs = nowMs + afterMs; nowMs < endMs; nowMs += PACING_INTERVAL_MS) {
          pacer.run(nowMs);
        }
        const bytes = new Uint8Array(length).fill(marker++ % 251);
        if (pacer.send(streams[order - 1]!, bytes, nowMs)) sent[order - 1]!.push(...bytes);
      }
      const endMs = drain(pacer, nowMs);
      streams.forEach((stream, index) => {
        deepStrictEqual(stream.pieces.flatMap(({ bytes }) => [...bytes]), sent[index]);
      });
      const total = streams.reduce((sum, stream) => sum + stream.bytes(), 0);
      const carried = ((endMs * 2 * MBIT) / 8_000) * PACING_GAIN;
      ok(total <= carried + 2 * MIN_SLICE_BYTES + 6_000, `${total} of ${carried}`);
    }),
    propertyRuns(30),
  );
});

import assert from "node:assert/strict";
import {
  encodeArrivalReport,
  MAX_ARRIVAL_POINTS,
  REPORT_INTERVAL_MS,
  type StreamArrivals,
} from "../../../proto/media_stream/arrival_report.ts";
import { MAX_CACHED_GROUP_FRAMES } from "../../media-handler/limits.ts";
import type { ReceivedStream, TestClient } from "../../media-handler/testing/test_client.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { steadyFlood } from "./flood.ts";

/** Reports that a liar sends in a second, and for how long, milliseconds. */
const REPORTS_PER_SECOND = 5_000;
const LYING_MS = 3_000;
/** What the two honest cameras of the meeting send in a second, bytes, and a little more. */
const PUBLISHED_BYTES_PER_SECOND = 75_000;
/** Bytes that a subscriber may get at once when it joins: a cached group of each camera. */
const STARTING_BYTES = 2 * MAX_CACHED_GROUP_FRAMES * 1_150;
const TICKS_LIMIT = 2 ** 32;

/** How a liar describes a stream. */
type Lie = (stream: ReceivedStream, number: number) => StreamArrivals;

/** When something arrived, as it pleases a liar. */
function pointsOf(
  { receivedBytes }: ReceivedStream,
  ticksOf: (index: number) => number,
): StreamArrivals["points"] {
  return Array.from({ length: MAX_ARRIVAL_POINTS }, (_, index) => ({
    receivedBytes: Math.max(0, receivedBytes - (MAX_ARRIVAL_POINTS - 1 - index)),
    arrivedAtTicks: ticksOf(index) >>> 0,
  }));
}

/** Claims to have got all that came, at times that are not true. */
function untrueTimes(ticksOf: (index: number, number: number) => number): Lie {
  return (stream, number) => ({
    deliveryNumber: stream.header!.deliveryNumber,
    receivedBytes: stream.receivedBytes,
    points: pointsOf(stream, (index) => ticksOf(index, number)),
  });
}

const LIES: Record<string, Lie> = {
  "that all came at one moment": untrueTimes(() => 0),
  "that each came before the one before it": untrueTimes((index, number) =>
    TICKS_LIMIT - number * 1_000 - index * 100
  ),
  "that each came a day after the one before it": untrueTimes((index, number) =>
    (number * MAX_ARRIVAL_POINTS + index) * 864_000_000
  ),
  "that times are random": untrueTimes(() => Math.floor(Math.random() * TICKS_LIMIT)),
  "that nothing ever came": (stream) => ({
    deliveryNumber: stream.header!.deliveryNumber,
    receivedBytes: 0,
    points: [],
  }),
  "that what came goes away again": (stream, number) => ({
    deliveryNumber: stream.header!.deliveryNumber,
    receivedBytes: number % 2 === 0 ? stream.receivedBytes : Math.floor(stream.receivedBytes / 2),
    points: [],
  }),
};

function receivedBytes({ streams }: TestClient): number {
  return streams.reduce((sum, stream) => sum + stream.receivedBytes, 0);
}

/** A subscriber that tells one lie of all its streams all the time, and what it gets for that. */
function told(lie: Lie): Attack {
  return async (attacker) => {
    const { media } = await attacker.intrude({}, { reports: false });
    await media.until(() => media.streams.some(({ header }) => header !== undefined));
    const datagrams = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };
    await steadyFlood(media, REPORTS_PER_SECOND, LYING_MS, (number) => {
      const known = media.streams.filter(({ header }) => header !== undefined);
      const stream = known[number % known.length]!;
      return encodeArrivalReport({
        nextWithinMs: REPORT_INTERVAL_MS,
        datagrams,
        streams: [lie(stream, number)],
      })[0]!;
    });
    const limit = STARTING_BYTES + PUBLISHED_BYTES_PER_SECOND * LYING_MS / 1_000;
    const received = receivedBytes(media);
    assert.ok(received <= limit, `${received} bytes for a lie`);
    assert.deepEqual(media.errors, []);
  };
}

Deno.test("lies about arrivals get nobody anything", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, lie] of Object.entries(LIES)) {
    await t.step(`a subscriber says ${name}`, () => stage.endures(told(lie)));
  }
});

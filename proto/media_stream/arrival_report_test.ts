import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/arrival_report.json" with { type: "json" };
import {
  type ArrivalReport,
  ArrivalReportError,
  encodeArrivalReport,
  MAX_ARRIVAL_POINTS,
  MAX_ARRIVAL_REPORT_LENGTH,
  readArrivalReport,
} from "./arrival_report.ts";

const NO_DATAGRAMS = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };
const NOTHING: ArrivalReport = { nextWithinMs: 100, datagrams: NO_DATAGRAMS, streams: [] };

Deno.test("an arrival report is a prefix, then each stream with the ends of its frames", () => {
  const report: ArrivalReport = {
    nextWithinMs: 250,
    datagrams: { expected: 5, received: 4, lowestTransitTicks: 7, latestTransitTicks: 9 },
    streams: [{
      deliveryNumber: 1,
      receivedBytes: 4120,
      points: [
        { receivedBytes: 4000, arrivedAtTicks: 256 },
        { receivedBytes: 4120, arrivedAtTicks: 589 },
      ],
    }],
  };
  const bytes = new Uint8Array([
    ...[2, 1], // type, number of streams
    ...[0, 0, 0, 5], // audio datagrams expected
    ...[0, 0, 0, 4], // received
    ...[0, 0, 0, 7], // lowest transit
    ...[0, 0, 0, 9], // latest transit
    ...[25], // next within, tens of milliseconds
    ...[0, 0, 0, 1], // delivery number
    ...[0, 0, 0, 0, 0, 0, 0x10, 0x18], // bytes received
    ...[2], // number of points
    ...[0, 0, 0, 120, 0, 0, 1, 0], // bytes back, arrival
    ...[0, 0, 0, 0, 0, 0, 2, 77], // bytes back, arrival
  ]);
  assert.deepEqual(encodeArrivalReport(report), [bytes]);
  assert.deepEqual(readArrivalReport(bytes), report);
});

Deno.test("golden arrival reports read and write as recorded", () => {
  for (const { name, bytes, report } of vectors.valid) {
    assert.deepEqual(readArrivalReport(fromHex(bytes)), report, name);
    assert.deepEqual(encodeArrivalReport(report).map(toHex), [bytes], name);
  }
});

Deno.test("malformed arrival reports are refused", () => {
  for (const { name, bytes } of vectors.invalid) {
    assert.throws(() => readArrivalReport(fromHex(bytes)), ArrivalReportError, name);
  }
});

Deno.test("only the newest points of a stream are kept", () => {
  const points = Array.from({ length: MAX_ARRIVAL_POINTS + 5 }, (_, index) => ({
    receivedBytes: index,
    arrivedAtTicks: index,
  }));
  const stream = { deliveryNumber: 1, receivedBytes: 100, points };
  const [bytes] = encodeArrivalReport({ ...NOTHING, streams: [stream] });
  assert.deepEqual(readArrivalReport(bytes!).streams[0]!.points, points.slice(5));
});

const anyStream = fc.record({
  deliveryNumber: fc.nat(0xffff_ffff),
  receivedBytes: fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER }),
  points: fc.array(fc.nat(0xffff_ffff), { maxLength: MAX_ARRIVAL_POINTS }),
}, { noNullPrototype: true }).map(({ deliveryNumber, receivedBytes, points }) => ({
  deliveryNumber,
  receivedBytes,
  points: points.toSorted((a, b) => b - a).map((back, index) => ({
    receivedBytes: receivedBytes - back,
    arrivedAtTicks: index,
  })),
}));

Deno.test("any number of streams fits into datagrams, and comes back in order", () => {
  fc.assert(
    fc.property(fc.array(anyStream, { maxLength: 60 }), (streams) => {
      const datagrams = encodeArrivalReport({ ...NOTHING, streams });
      assert.deepEqual(datagrams.flatMap((bytes) => readArrivalReport(bytes).streams), streams);
      assert.ok(datagrams.every(({ length }) => length <= MAX_ARRIVAL_REPORT_LENGTH));
    }),
    propertyRuns(300),
  );
});

Deno.test("a number that does not fit is never written", () => {
  const stream = { deliveryNumber: 1, receivedBytes: 10, points: [] };
  for (
    const wrong of [{ deliveryNumber: -1 }, { deliveryNumber: 2 ** 32 }, { receivedBytes: -1 }]
  ) {
    const streams = [{ ...stream, ...wrong }];
    assert.throws(() => encodeArrivalReport({ ...NOTHING, streams }), RangeError);
  }
  for (const nextWithinMs of [-10, 2_560, NaN]) {
    assert.throws(() => encodeArrivalReport({ ...NOTHING, nextWithinMs }), RangeError);
  }
  const datagrams = { ...NO_DATAGRAMS, expected: 0.5 };
  assert.throws(() => encodeArrivalReport({ ...NOTHING, datagrams }), RangeError);
});

Deno.test("hostile reports are refused as such or say exactly what their bytes say", () => {
  const plausible = fc.tuple(fc.nat(2), fc.nat(3), fc.uint8Array({ minLength: 60, maxLength: 60 }))
    .map(([streams, points, rest]) => {
      const bytes = new Uint8Array([2, streams, ...rest]);
      bytes[31] = points;
      bytes.fill(0, 23, 27);
      return bytes.subarray(0, 19 + streams * 13 + points * 8);
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), plausible), (bytes) => {
      let report;
      try {
        report = readArrivalReport(bytes);
      } catch (error) {
        if (error instanceof ArrivalReportError) return;
        throw error;
      }
      assert.equal(encodeArrivalReport(report).map(toHex).join(), toHex(bytes));
    }),
    propertyRuns(20_000),
  );
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  MAX_ARRIVAL_POINTS,
  readArrivalReport,
  REPORT_GRACE_MS,
  REPORT_INTERVAL_MS,
  URGENT_REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { ArrivalReporter, REPORT_REPEATS } from "./arrival_reporter.ts";

function start() {
  const clock = new ManualClock();
  const sent: Uint8Array[] = [];
  const reporter = new ArrivalReporter(clock, (bytes) => sent.push(bytes));
  clock.advance(1_000);
  return {
    clock,
    sent,
    reporter,
    reports: () => sent.map(readArrivalReport),
    /** A frame of `bytes` ends on stream 1, `lateMs` later than it could. */
    frame(receivedBytes: number, lateMs = 0) {
      const nowMs = clock.now();
      reporter.frameArrived(1, receivedBytes, nowMs, nowMs - 20 - lateMs);
      reporter.streamMoved(1, receivedBytes, nowMs);
    },
  };
}

Deno.test("the first arrival is reported at once, the next with what arrives after the interval", () => {
  const { clock, reports, frame } = start();
  frame(100);
  clock.advance(50);
  frame(200);
  strictEqual(reports().length, 1);
  clock.advance(50);
  frame(300);
  const [first, second] = reports();
  deepStrictEqual(first!.streams, [{
    deliveryNumber: 1,
    receivedBytes: 100,
    points: [{ receivedBytes: 100, arrivedAtTicks: toTicks(1_000) }],
  }]);
  deepStrictEqual(second!.streams[0]!.points, [
    { receivedBytes: 200, arrivedAtTicks: toTicks(1_050) },
    { receivedBytes: 300, arrivedAtTicks: toTicks(1_100) },
  ]);
});

Deno.test("what nothing follows is reported by a timer, repeated, and then it is quiet", () => {
  const { clock, reports, frame } = start();
  frame(100);
  clock.advance(10);
  frame(200);
  clock.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  strictEqual(reports().at(-1)!.streams[0]!.receivedBytes, 200);
  clock.advance(10_000);
  strictEqual(reports().length, 1 + REPORT_REPEATS);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("the header of a stream alone is reported in the end", () => {
  const { clock, reports, reporter } = start();
  reporter.streamBegan(1, 24);
  strictEqual(reports().length, 0);
  clock.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  deepStrictEqual(reports()[0]!.streams, [{ deliveryNumber: 1, receivedBytes: 24, points: [] }]);
});

Deno.test("the middle of a frame is counted, but is no point", () => {
  const { reports, reporter, clock } = start();
  reporter.streamMoved(1, 70, clock.now());
  deepStrictEqual(reports()[0]!.streams, [{ deliveryNumber: 1, receivedBytes: 70, points: [] }]);
});

Deno.test("while frames come late, reports come often", () => {
  const { clock, reports, frame } = start();
  for (let bytes = 100; bytes <= 1_000; bytes += 100) {
    clock.advance(URGENT_REPORT_INTERVAL_MS);
    frame(bytes);
  }
  const calm = reports().length;
  for (let bytes = 1_100; bytes <= 2_000; bytes += 100) {
    clock.advance(URGENT_REPORT_INTERVAL_MS);
    frame(bytes, 60);
  }
  ok(calm <= 4, `${calm} reports while nothing is late`);
  ok(reports().length - calm >= 9, `${reports().length - calm} reports while all is late`);
});

Deno.test("a burst of many frames leaves out the oldest points", () => {
  const { clock, reports, frame } = start();
  frame(1);
  clock.advance(REPORT_INTERVAL_MS - 1);
  for (let bytes = 2; bytes < 30; bytes++) frame(bytes);
  clock.advance(1);
  frame(30);
  const { points } = reports()[1]!.streams[0]!;
  strictEqual(points.length, MAX_ARRIVAL_POINTS);
  strictEqual(points.at(-1)!.receivedBytes, 30);
});

Deno.test("datagrams that are missing or late in order are counted as lost", () => {
  const { clock, reports, reporter } = start();
  for (const number of [0, 1, 3, 2, 5]) {
    reporter.datagramArrived(number, toTicks(clock.now() - 25), clock.now());
  }
  clock.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  const { expected, received } = reports().at(-1)!.datagrams;
  deepStrictEqual([expected, received], [6, 4]);
});

Deno.test("the lowest transit is that since the last report, the latest is the last one's", () => {
  const { clock, reports, reporter } = start();
  const arrive = (number: number, transitMs: number) =>
    reporter.datagramArrived(number, toTicks(clock.now() - transitMs), clock.now());
  arrive(0, 10);
  clock.advance(20);
  arrive(1, 30);
  clock.advance(20);
  arrive(2, 25);
  clock.advance(20);
  arrive(3, 35);
  clock.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  const { lowestTransitTicks, latestTransitTicks } = reports()[1]!.datagrams;
  deepStrictEqual([lowestTransitTicks, latestTransitTicks], [250, 350]);
});

Deno.test("a stream that ended is forgotten once its last state was told", () => {
  const { clock, reports, reporter, frame } = start();
  frame(100);
  reporter.streamEnded(1);
  clock.advance(1_000);
  const told = reports().length;
  strictEqual(told, REPORT_REPEATS);
  reporter.streamMoved(1, 24, clock.now());
  deepStrictEqual(reports()[told]!.streams, [{ deliveryNumber: 1, receivedBytes: 24, points: [] }]);
});

Deno.test("a stopped reporter sends nothing more", () => {
  const { clock, sent, reporter, frame } = start();
  frame(100);
  reporter.stop();
  frame(200);
  clock.advance(1_000);
  strictEqual(sent.length, 1);
  strictEqual(clock.pendingTimers, 0);
});

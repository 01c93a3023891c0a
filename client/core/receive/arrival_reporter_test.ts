import assert from "node:assert/strict";
import {
  type ArrivalReport,
  MAX_ARRIVAL_POINTS,
  QUEUE_TRANSIT_MS,
  readArrivalReport,
  REPORT_GRACE_MS,
  REPORT_INTERVAL_MS,
  URGENT_REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { ArrivalReporter, MAX_REPEATS } from "./arrival_reporter.ts";

function start() {
  const time = new SimulatedTime();
  const sent: { atMs: number; report: ArrivalReport }[] = [];
  const reporter = new ArrivalReporter({
    now: time.now,
    scheduler: time,
    send: (datagram) => sent.push({ atMs: time.now(), report: readArrivalReport(datagram) }),
  });
  const counts = () =>
    sent.map(({ atMs, report }) => ({
      atMs,
      entries: report.streams.map(({ deliveryNumber, receivedBytes }) => [
        deliveryNumber,
        receivedBytes,
      ]),
    }));
  return { time, sent, counts, reporter };
}

Deno.test("what arrives first is reported at once, what follows when an interval has passed", async () => {
  const { time, counts, reporter } = start();
  reporter.received(1, 100);
  reporter.received(2, 50);
  reporter.received(1, 300);
  assert.deepEqual(counts(), [{ atMs: 0, entries: [[1, 100]] }]);
  await time.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  assert.deepEqual(counts().slice(1), [{
    atMs: REPORT_INTERVAL_MS + REPORT_GRACE_MS,
    entries: [[1, 300], [2, 50]],
  }]);
});

Deno.test("streams that keep moving are reported together when something arrives", async () => {
  const { time, counts, reporter } = start();
  for (let frame = 0; frame < 9; frame++) {
    reporter.received(2, 50 * (frame + 1));
    reporter.received(1, 100 * (frame + 1));
    await time.advance(30);
  }
  // Frames come every 30 ms, so every fourth carries a report of both.
  assert.deepEqual(counts(), [
    { atMs: 0, entries: [[2, 50]] },
    { atMs: 120, entries: [[2, 250], [1, 400]] },
    { atMs: 240, entries: [[2, 450], [1, 800]] },
  ]);
});

Deno.test("the last count is repeated less and less often, then nothing is sent", async () => {
  const { time, sent, reporter } = start();
  reporter.received(7, 100);
  await time.advance(60_000);
  const intervals = sent.map(({ atMs }) => atMs / REPORT_INTERVAL_MS);
  assert.deepEqual(intervals, [0, 2, 6, 14, 30, 62]);
  assert.equal(sent.length, 1 + MAX_REPEATS);
  assert.equal(time.timers, 0);
});

Deno.test("a stream that rested is reported as soon as it moves again", async () => {
  const { time, counts, reporter } = start();
  reporter.received(7, 100);
  await time.advance(3.2 * REPORT_INTERVAL_MS);
  reporter.received(7, 200);
  assert.deepEqual(counts().at(-1), { atMs: 3.2 * REPORT_INTERVAL_MS, entries: [[7, 200]] });
});

Deno.test("each frame's end is told once, with its time", async () => {
  const { time, sent, reporter } = start();
  reporter.frameEnded(1, 124);
  reporter.received(1, 130);
  await time.advance(30);
  reporter.frameEnded(1, 200);
  reporter.received(1, 200);
  await time.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  assert.deepEqual(sent.slice(0, 2).map(({ report }) => report.streams[0]!.points), [
    [{ receivedBytes: 124, arrivedAtTicks: toTicks(0) }],
    [{ receivedBytes: 200, arrivedAtTicks: toTicks(30) }],
  ]);
});

Deno.test("of many frames the newest are told", async () => {
  const { time, sent, reporter } = start();
  reporter.received(1, 24);
  for (let frame = 1; frame <= 2 * MAX_ARRIVAL_POINTS; frame++) {
    reporter.frameEnded(1, 100 * frame);
    reporter.received(1, 100 * frame);
  }
  await time.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  const { points } = sent[1]!.report.streams[0]!;
  assert.equal(points.length, MAX_ARRIVAL_POINTS);
  assert.equal(points.at(-1)!.receivedBytes, 200 * MAX_ARRIVAL_POINTS);
});

Deno.test("while frames take longer than before, reports come three times as often", async () => {
  const { time, sent, reporter } = start();
  let atUs = 0;
  const frames = async (count: number, delayMs: number) => {
    for (let i = 0; i < count; i++) {
      reporter.frameEnded(1, 1 + atUs, atUs - delayMs * 1_000);
      reporter.received(1, 1 + atUs);
      atUs += 17_000;
      await time.advance(17);
    }
  };
  await frames(60, 0);
  const calm = sent.length;
  await frames(60, QUEUE_TRANSIT_MS + 10);
  const urgent = sent.length - calm;
  const durationMs = 60 * 17;
  assert.ok(calm <= durationMs / REPORT_INTERVAL_MS + 1, `${calm} calm reports`);
  assert.ok(urgent >= durationMs / (URGENT_REPORT_INTERVAL_MS + 17), `${urgent} urgent reports`);
});

Deno.test("audio datagrams are counted with their transit, late ones as lost", async () => {
  const { time, sent, reporter } = start();
  await time.advance(1_000);
  reporter.audioArrived(0, toTicks(900));
  await time.advance(10);
  reporter.audioArrived(2, toTicks(960));
  reporter.audioArrived(1, toTicks(930));
  await time.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  assert.deepEqual(sent.map(({ report }) => report.datagrams), [
    { expected: 1, received: 1, lowestTransitTicks: 1_000, latestTransitTicks: 1_000 },
    { expected: 3, received: 2, lowestTransitTicks: 500, latestTransitTicks: 800 },
  ]);
});

Deno.test("a stream that ended is reported to its end, then forgotten", async () => {
  const { time, counts, reporter } = start();
  reporter.received(1, 100);
  reporter.received(1, 200);
  reporter.ended(1);
  await time.advance(10_000);
  assert.deepEqual(counts().map(({ entries }) => entries), [[[1, 100]], [[1, 200]]]);
});

Deno.test("a session that ended is reported no more", async () => {
  const { time, sent, reporter } = start();
  reporter.received(2, 100);
  reporter.received(2, 200);
  reporter.stop();
  reporter.audioArrived(0, 0);
  await time.advance(1_000);
  assert.equal(sent.length, 1);
  assert.equal(time.timers, 0);
});

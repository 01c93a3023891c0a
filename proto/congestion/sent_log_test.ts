import assert from "node:assert/strict";
import fc from "fast-check";
import type { ArrivalPoint, StreamArrivals } from "../media_stream/arrival_report.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import { MAX_LOGGED_PIECES, SentLog } from "./sent_log.ts";

function arrivals(receivedBytes: number, points: ArrivalPoint[] = []): StreamArrivals {
  return { deliveryNumber: 1, receivedBytes, points };
}

Deno.test("a report turns what was sent into samples of sending and arrival", () => {
  const log = new SentLog();
  log.sent(24, 0);
  log.sent(1_000, 10);
  log.sent(500, 43);
  const points = [
    { receivedBytes: 1_024, arrivedAtTicks: 700 },
    { receivedBytes: 1_524, arrivedAtTicks: 990 },
  ];
  assert.deepEqual(log.take(arrivals(1_524, points), 143), {
    samples: [
      { sentAtMs: 10, arrivedAtTicks: 700, bytes: 1_024, writtenBytes: 1_000 },
      { sentAtMs: 43, arrivedAtTicks: 990, bytes: 500, writtenBytes: 500 },
    ],
    rttMs: 100,
  });
  assert.equal(log.bytesInFlight, 0);
  assert.equal(log.oldestAgeMs(200), 0);
});

Deno.test("a point inside a piece was sent when that piece was", () => {
  const log = new SentLog();
  log.sent(1_000, 10);
  log.sent(1_000, 20);
  const taken = log.take(arrivals(1_600, [{ receivedBytes: 1_600, arrivedAtTicks: 5 }]), 90);
  assert.deepEqual(taken?.samples, [
    { sentAtMs: 20, arrivedAtTicks: 5, bytes: 1_600, writtenBytes: 600 },
  ]);
  assert.equal(log.oldestAgeMs(100), 80);
});

Deno.test("bytes whose arrival times were left out count with the next point", () => {
  const log = new SentLog();
  for (const sentAtMs of [0, 33, 66]) log.sent(100, sentAtMs);
  const taken = log.take(arrivals(300, [{ receivedBytes: 300, arrivedAtTicks: 5 }]), 90);
  assert.deepEqual(taken?.samples, [
    { sentAtMs: 66, arrivedAtTicks: 5, bytes: 300, writtenBytes: 100 },
  ]);
});

Deno.test("a report that was overtaken by a newer one brings nothing", () => {
  const log = new SentLog();
  log.sent(100, 0);
  log.sent(100, 10);
  log.take(arrivals(200, [{ receivedBytes: 200, arrivedAtTicks: 5 }]), 90);
  const late = log.take(arrivals(100, [{ receivedBytes: 100, arrivedAtTicks: 4 }]), 95);
  assert.deepEqual(late, { samples: [], rttMs: undefined });
  assert.equal(log.reportedBytes, 200);
});

Deno.test("a report of more than was sent is refused and changes nothing", () => {
  const log = new SentLog();
  log.sent(100, 0);
  assert.equal(log.take(arrivals(101), 50), undefined);
  assert.equal(log.bytesInFlight, 100);
});

Deno.test("a log that is full goes on counting bytes", () => {
  const log = new SentLog();
  for (let piece = 0; piece < 2 * MAX_LOGGED_PIECES; piece++) log.sent(10, piece);
  assert.equal(log.bytesInFlight, 20 * MAX_LOGGED_PIECES);
  assert.equal(log.oldestAgeMs(5_000), 5_000);
  log.take(arrivals(log.sentBytes), 5_000);
  assert.equal(log.oldestAgeMs(5_001), 0);
});

Deno.test("whatever is sent and reported, samples add up to the reported points", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 9_000 }), report: fc.boolean() })),
      (steps) => {
        const log = new SentLog();
        let sampledBytes = 0;
        steps.forEach(({ bytes, report }, step) => {
          log.sent(bytes, step);
          if (!report) return;
          const point = { receivedBytes: log.sentBytes, arrivedAtTicks: step };
          const taken = log.take(arrivals(log.sentBytes, [point]), step + 50);
          for (const sample of taken!.samples) {
            assert.equal(sample.sentAtMs, step);
            sampledBytes += sample.bytes;
          }
          assert.equal(sampledBytes, log.sentBytes);
          assert.equal(log.bytesInFlight, 0);
        });
      },
    ),
    propertyRuns(200),
  );
});

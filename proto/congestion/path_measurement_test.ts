import assert from "node:assert/strict";
import { toTicks } from "../media_stream/report_clock.ts";
import { PathMeasurement } from "./path_measurement.ts";

const TARGET_BPS = 1e6;

/** Sends 5,000 bytes and a datagram of 250 each 50 ms; each is reported 50 ms later. */
class Path {
  readonly measurement = new PathMeasurement();
  #nowMs = 0;
  #datagrams = 0;

  /** Lets `forMs` pass, in which everything takes `transitMs`; what the last report shows. */
  run(forMs: number, transitMs: number, lagMs = 0) {
    const steps = forMs / 50;
    for (let step = 1; step < steps; step++) this.#step(transitMs, lagMs);
    return this.#step(transitMs, lagMs);
  }

  #step(transitMs: number, lagMs: number) {
    const { measurement } = this;
    const sentAtMs = this.#nowMs;
    measurement.onSent(5_000, sentAtMs);
    measurement.onDatagramSent(250, sentAtMs);
    this.#nowMs += 50;
    const received = ++this.#datagrams;
    const transitTicks = toTicks(transitMs);
    const arrivedAtTicks = toTicks(sentAtMs + transitMs);
    return measurement.take({
      samples: [{ sentAtMs, arrivedAtTicks, bytes: 5_000, writtenBytes: 5_000 }],
      datagrams: {
        expected: received,
        received,
        lowestTransitTicks: transitTicks,
        latestTransitTicks: transitTicks,
      },
      nowMs: this.#nowMs,
      rttMs: 50,
      lagMs,
    }, TARGET_BPS);
  }
}

Deno.test("streams and datagrams count, as sent and as delivered", () => {
  const seen = new Path().run(2_000, 20);
  assert.equal(seen.sentBps, 840_000);
  assert.equal(seen.deliveredBps, 840_000);
  assert.equal(seen.provenBps, 840_000);
  assert.equal(seen.datagramBps, 40_000);
});

Deno.test("what takes longer than it did waits in a queue", () => {
  const path = new Path();
  assert.equal(path.run(2_000, 20).queueMs, 0);
  const { queueMs, networkQueueMs } = path.run(1_000, 100);
  assert.deepEqual([queueMs, networkQueueMs], [80, 80]);
});

Deno.test("twice the lag of this program is no queue", () => {
  const path = new Path();
  path.run(2_000, 20);
  assert.equal(path.run(1_000, 100, 30).queueMs, 20);
  assert.equal(path.run(1_000, 100, 50).queueMs, 0);
});

Deno.test("a train shows the path's rate, unless it may have waited for this program", () => {
  const path = new Path();
  path.run(2_000, 20);
  assert.equal(path.run(1_000, 100).isSaturated, true);
  assert.equal(path.run(1_000, 100, 30).isSaturated, false);
});

Deno.test("what got lost in a silence is no loss of the path", () => {
  const { measurement } = new Path();
  const datagrams = { expected: 100, received: 1, lowestTransitTicks: 0, latestTransitTicks: 0 };
  measurement.resume(10_000, datagrams);
  measurement.take({ samples: [], datagrams, nowMs: 10_000 }, TARGET_BPS);
  assert.equal(measurement.loss.value, 0);
});

import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import type { Retention, RetentionReport } from "./retention.ts";
import { RETENTION_INTERVAL_MS, RetentionSchedule } from "./retention_schedule.ts";

/** Counts claims and runs; a run lasts until its signal aborts when `endless`. */
class CountingRetention implements Retention {
  claims = 0;
  runs = 0;
  granted = true;
  endless = false;
  failure: Error | undefined;

  claimRun(): Promise<boolean> {
    this.claims++;
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(this.granted);
  }

  run(signal: AbortSignal): Promise<RetentionReport> {
    this.runs++;
    const report = { counts: {}, complete: true };
    if (!this.endless) return Promise.resolve(report);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(report), { once: true });
    });
  }
}

const log = createLogger("test");

/** Lets what a schedule began go on until it waits for something else than promises. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("requests make a process look once an interval", async () => {
  const retention = new CountingRetention();
  let nowMs = 0;
  const schedule = new RetentionSchedule(retention, log, () => nowMs);
  for (let n = 0; n < 5; n++) schedule.requestArrived();
  await settled();
  assert.equal(retention.claims, 1);
  nowMs = RETENTION_INTERVAL_MS - 1;
  schedule.requestArrived();
  await settled();
  assert.equal(retention.claims, 1);
  nowMs = RETENTION_INTERVAL_MS;
  schedule.requestArrived();
  await settled();
  assert.deepEqual([retention.claims, retention.runs], [2, 2]);
});

Deno.test("a process that is not granted the run leaves it to the one that is", async () => {
  const retention = new CountingRetention();
  retention.granted = false;
  new RetentionSchedule(retention, log, () => 0).requestArrived();
  await settled();
  assert.deepEqual([retention.claims, retention.runs], [1, 0]);
});

Deno.test("a database that is away is no error of the request that came", async () => {
  const retention = new CountingRetention();
  retention.failure = new Error("away");
  let nowMs = 0;
  const schedule = new RetentionSchedule(retention, log, () => nowMs);
  schedule.requestArrived();
  await settled();
  retention.failure = undefined;
  nowMs = RETENTION_INTERVAL_MS;
  schedule.requestArrived();
  await settled();
  assert.deepEqual([retention.claims, retention.runs], [2, 1]);
});

Deno.test("a process that stops ends the run that is underway and begins no other", async () => {
  const retention = new CountingRetention();
  retention.endless = true;
  let nowMs = 0;
  const schedule = new RetentionSchedule(retention, log, () => nowMs);
  const stop = new AbortController();
  const running = schedule.run(stop.signal);
  await settled();
  assert.equal(retention.runs, 1);
  stop.abort();
  await running;
  nowMs = RETENTION_INTERVAL_MS;
  schedule.requestArrived();
  await settled();
  assert.equal(retention.claims, 1);
});

import assert from "node:assert/strict";
import { toTicks } from "../media_stream/report_clock.ts";
import { PathEstimator } from "./path_estimator.ts";
import { CallFigures, quantile } from "./testing/call_figures.ts";
import { NETWORKS, RANDOM_QUEUE_MS, randomNetwork } from "./testing/network_traces.ts";
import { type CallRecord, simulateCall } from "./testing/simulated_call.ts";

const SEEDS = [1, 2, 3];
/** When a call has found its rate, milliseconds. */
const SETTLED_MS = 5_000;
/** Full rate of the simulated camera with its audio, a little less for its varying frames. */
const FULL_RATE_BPS = 2.4e6;

/** What viewers got in `network`, one call for each seed. */
function calls(network: keyof typeof NETWORKS, fromMs = SETTLED_MS, toMs?: number) {
  return SEEDS.map((seed) => {
    const options = { ...NETWORKS[network], seed };
    const record = simulateCall(options);
    return { seed, record, figures: new CallFigures(options, record, fromMs, toMs) };
  });
}

function atMost(actual: number, bound: number, what: string): void {
  assert.ok(actual <= bound, `${what}: ${actual.toFixed(2)} is above ${bound}`);
}

function atLeast(actual: number, bound: number, what: string): void {
  assert.ok(actual >= bound, `${what}: ${actual.toFixed(2)} is below ${bound}`);
}

/** The last time in a call at which the encoder was below its full rate, milliseconds. */
function reachedFullRateMs({ estimates }: CallRecord, fromMs: number): number {
  return estimates.find(({ atMs, encodedBps }) => atMs >= fromMs && encodedBps >= FULL_RATE_BPS)
    ?.atMs ?? Infinity;
}

Deno.test("an estimator that knows nothing starts generously", () => {
  const estimator = new PathEstimator();
  assert.equal(estimator.state, "starting");
  assert.equal(estimator.targetBitrateBps, 1e6);
  assert.equal(estimator.rttMs, undefined);
});

Deno.test("the target stays within its bounds", () => {
  const options = { startBitrateBps: 500_000, minBitrateBps: 400_000, maxBitrateBps: 600_000 };
  const estimator = new PathEstimator(options);
  for (let nowMs = 0; nowMs < 5_000; nowMs += 100) {
    estimator.onSent(7_500, nowMs);
    const arrivedAtTicks = toTicks(nowMs + (nowMs < 3_000 ? 20 : nowMs / 10));
    const samples = [{ sentAtMs: nowMs, arrivedAtTicks, bytes: 7_500, writtenBytes: 7_500 }];
    estimator.onReport({ samples, nowMs: nowMs + 40, rttMs: 40 });
    estimator.update(nowMs + 40, { oldestAgeMs: 0, bytesInFlight: 0 });
    atLeast(estimator.targetBitrateBps, 400_000, "target");
    atMost(estimator.targetBitrateBps, 600_000, "target");
  }
});

/** What is sent arrives now at once and now 200 ms late; how often the path was taken to be full. */
function erratic(lagMs: number): { timesFull: number; targetBps: number } {
  let timesFull = 0;
  const estimator = new PathEstimator({ startBitrateBps: 440_000 });
  let received = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 100) {
    const lateMs = (nowMs / 500 | 0) % 2 * 200;
    estimator.onSent(5_000, nowMs);
    estimator.onDatagramSent(500, nowMs);
    estimator.update(nowMs + 20, { oldestAgeMs: 20, bytesInFlight: 0, lagMs });
    const transitTicks = toTicks(20 + lateMs);
    const datagrams = {
      expected: ++received,
      received,
      lowestTransitTicks: transitTicks,
      latestTransitTicks: transitTicks,
    };
    estimator.onReport({ samples: [], datagrams, nowMs: nowMs + 20, lagMs });
    if (estimator.state === "queueing") timesFull++;
  }
  return { timesFull, targetBps: estimator.targetBitrateBps };
}

Deno.test("what a program that gets the processor late sees is not taken for a queue", () => {
  const { timesFull, targetBps } = erratic(100);
  assert.equal(timesFull, 0);
  atLeast(targetBps, 440_000, "target");
  atLeast(erratic(0).timesFull, 10, "times full without that lag");
});

Deno.test("on a fast path the full rate is reached within 1.5 seconds", () => {
  for (const { seed, record } of calls("clean")) {
    atMost(reachedFullRateMs(record, 0), 1_500, `seed ${seed}, full rate`);
  }
});

Deno.test("1.5 Mbit/s with 2 % loss: most of it is used, and little waits", () => {
  for (const { seed, figures } of calls("lossy")) {
    atLeast(figures.usedBps, 1.15e6, `seed ${seed}, used`);
    // 25 ms of it are the frame's own bytes on the link.
    atMost(figures.addedDelayMs(0.5), 40, `seed ${seed}, median delay`);
    atMost(figures.addedDelayMs(0.99), 210, `seed ${seed}, p99 delay`);
    atLeast(figures.frameRate, 29, `seed ${seed}, frames a second`);
  }
});

Deno.test("300 kbit/s: most of it is used, and little waits", () => {
  for (const { seed, figures } of calls("thin")) {
    atLeast(figures.usedBps, 0.7 * 300e3, `seed ${seed}, used`);
    atMost(figures.addedDelayMs(0.5), 40, `seed ${seed}, median delay`);
    atMost(figures.addedDelayMs(0.99), 120, `seed ${seed}, p99 delay`);
    atLeast(figures.frameRate, 29, `seed ${seed}, frames a second`);
  }
});

Deno.test("300 kbit/s and key frames: none waits as long as a second", () => {
  for (const { seed, figures } of calls("keyFrames")) {
    atMost(figures.addedDelayMs(0.99), 250, `seed ${seed}, p99 delay`);
  }
});

Deno.test("a transport that carries less than the path is followed down", () => {
  for (const { seed, figures } of calls("narrowTransport")) {
    atLeast(figures.usedBps, 1e6, `seed ${seed}, used`);
    atMost(figures.addedDelayMs(0.5), 50, `seed ${seed}, median delay`);
    atMost(figures.addedDelayMs(0.99), 300, `seed ${seed}, p99 delay`);
  }
});

Deno.test("random loss of 5 % is not taken for congestion", () => {
  for (const { seed, figures } of calls("veryLossy")) {
    atLeast(figures.usedBps, FULL_RATE_BPS, `seed ${seed}, used`);
    atMost(figures.addedDelayMs(0.99), 160, `seed ${seed}, p99 delay`);
  }
});

Deno.test("a long way does not make the target swing", () => {
  for (const { seed, figures } of calls("far")) {
    atLeast(figures.targetBps(0) / figures.targetBps(1), 0.8, `seed ${seed}, swing`);
  }
  for (const { seed, figures } of calls("farAndThin")) {
    atLeast(figures.targetBps(0.05) / figures.targetBps(0.95), 0.6, `seed ${seed}, swing`);
    atLeast(figures.usedBps, 1.15e6, `seed ${seed}, used`);
  }
});

Deno.test("after a fall to a tenth the queue is short again soon, and pictures go on", () => {
  for (const { seed, record, figures } of calls("dip", 10_000, 20_000)) {
    const long = figures.estimates.filter(({ linkQueueMs }) => linkQueueMs > 150);
    atMost(long.at(-1)!.atMs, 11_700, `seed ${seed}, queue above 150 ms`);
    atLeast(figures.frameRate, 24, `seed ${seed}, frames a second`);
    atMost(reachedFullRateMs(record, 20_000), 24_000, `seed ${seed}, full rate`);
  }
});

Deno.test("after a blackout frames are written at the first report, soon at the full rate", () => {
  for (const { seed, record } of calls("blackout")) {
    const reportedMs = record.reportsAtMs.find((atMs) => atMs > 11_000)!;
    const writtenMs = record.framesWrittenAtMs.find((atMs) => atMs > reportedMs)!;
    atMost(writtenMs - reportedMs, 150, `seed ${seed}, first frame`);
    const low = record.estimates.findLast(({ atMs, encodedBps }) =>
      atMs > 11_000 && encodedBps < FULL_RATE_BPS
    );
    atMost(low?.atMs ?? 0, 15_000, `seed ${seed}, full rate`);
  }
});

Deno.test("nothing but audio is written while nothing gets through", () => {
  for (const { seed, record } of calls("blackout")) {
    const written = record.framesWrittenAtMs.filter((atMs) => atMs > 8_600 && atMs < 11_000);
    assert.equal(written.length, 0, `seed ${seed}`);
  }
});

Deno.test("jitter of 30 ms is not taken for congestion", () => {
  for (const { seed, figures } of calls("jitter")) {
    atLeast(figures.usedBps, FULL_RATE_BPS, `seed ${seed}, used`);
    assert.equal(figures.falls, 0, `seed ${seed}`);
  }
});

Deno.test("a receiver that is held up for 200 ms does not lower the target", () => {
  for (const { seed, figures } of calls("hitch")) {
    atLeast(figures.targetBps(0), FULL_RATE_BPS, `seed ${seed}, target`);
  }
});

Deno.test("lost reports cost little", () => {
  for (const { seed, figures } of calls("reportLoss")) {
    atLeast(figures.usedBps, 1.15e6, `seed ${seed}, used`);
    atMost(figures.addedDelayMs(0.99), 120, `seed ${seed}, p99 delay`);
    atLeast(figures.frameRate, 28.5, `seed ${seed}, frames a second`);
  }
});

Deno.test("beside a bulk transfer a quarter of the path remains", () => {
  for (const { seed, figures } of calls("competitor", 15_000)) {
    atLeast(figures.usedBps, 0.9e6, `seed ${seed}, used`);
  }
});

Deno.test("a queue too short to show is noticed by what gets lost", () => {
  for (const { seed, figures } of calls("shallow")) {
    atLeast(figures.usedBps, 0.9e6, `seed ${seed}, used`);
    atLeast(figures.frameRate, 20, `seed ${seed}, frames a second`);
  }
});

Deno.test("without audio the streams alone tell enough", () => {
  for (const { seed, figures } of calls("silent")) {
    atLeast(figures.usedBps, 0.8e6, `seed ${seed}, used`);
    atMost(figures.addedDelayMs(0.99), 210, `seed ${seed}, p99 delay`);
  }
});

Deno.test("the pictures of 25 people share a path as one would", () => {
  for (const { seed, figures } of calls("manyStreams")) {
    atLeast(figures.usedBps, 0.9e6, `seed ${seed}, used`);
    atMost(figures.addedDelayMs(0.99), 210, `seed ${seed}, p99 delay`);
    atLeast(figures.frameRate, 25 * 27, `seed ${seed}, frames a second`);
  }
});

Deno.test("a long phase of little sending does not decay the target", () => {
  for (const { seed, record, figures } of calls("appLimited", 12_000, 30_000)) {
    atLeast(figures.targetBps(0), FULL_RATE_BPS, `seed ${seed}, target`);
    atMost(reachedFullRateMs(record, 30_000), 30_500, `seed ${seed}, full rate`);
  }
});

Deno.test("a way that has become longer is not taken for a queue for long", () => {
  for (const { seed, figures } of calls("longerWay", 15_000)) {
    atLeast(figures.usedBps, FULL_RATE_BPS, `seed ${seed}, used`);
  }
});

Deno.test("media in steps reach the best one by probes", () => {
  for (const { seed, record } of calls("layers")) {
    atMost(reachedFullRateMs(record, 0), 2_500, `seed ${seed}, full rate`);
  }
});

Deno.test("probes that fail cost little delay", () => {
  for (const { seed, record, figures } of calls("layersOnThin")) {
    atMost(figures.addedDelayMs(0.95), 40, `seed ${seed}, p95 delay`);
    atMost(figures.addedDelayMs(0.99), 120, `seed ${seed}, p99 delay`);
    assert.ok(record.paddingBytes > 0, `seed ${seed}: no probe`);
    atMost(record.paddingBytes * 8 / 60, 75_000, `seed ${seed}, padding a second`);
  }
});

Deno.test("in a hundred random networks nobody starves and queues stay bounded", () => {
  const used: number[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    const options = randomNetwork(seed);
    const figures = new CallFigures(options, simulateCall(options), 2_000);
    const { phases } = options.link;
    const carriedBps = figures.estimates.map(({ atMs }) =>
      Math.min(2.56e6, phases.findLast(({ fromMs }) => fromMs <= atMs)!.rateBps)
    );
    const meanBps = carriedBps.reduce((sum, bps) => sum + bps, 0) / carriedBps.length;
    used.push(figures.usedBps / meanBps);
    atLeast(used.at(-1)!, 0.35, `seed ${seed}, part used`);
    atMost(figures.linkQueueMs(0.5), 40, `seed ${seed}, median queue`);
    atMost(figures.linkQueueMs(0.99), RANDOM_QUEUE_MS, `seed ${seed}, p99 queue`);
    atLeast(figures.frameRate, 15, `seed ${seed}, frames a second`);
  }
  atLeast(quantile(used, 0.5), 0.7, "median part used");
});

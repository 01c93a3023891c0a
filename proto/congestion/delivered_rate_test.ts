import assert from "node:assert/strict";
import { ArrivalHistory } from "./arrival_history.ts";
import { DeliveredRate } from "./delivered_rate.ts";
import { ReportedRate } from "./reported_rate.ts";

/** A path whose receiver tells times, of `timedBps`, while 100 kbit/s are reported as arrived. */
class Path {
  readonly delivered = new DeliveredRate();
  readonly #arrivals = new ArrivalHistory();
  readonly #reported = new ReportedRate();
  #nowMs = 0;

  /** Lets `forMs` pass with a report each 50 ms; undefined: the receiver tells no times. */
  run(forMs: number, timedBps: number | undefined, datagramBps = 0): void {
    for (const untilMs = this.#nowMs + forMs; this.#nowMs < untilMs;) {
      this.#nowMs += 50;
      const nowMs = this.#nowMs;
      this.#reported.sent(625);
      this.#reported.count(0, nowMs);
      if (timedBps !== undefined) {
        this.#arrivals.add(nowMs, timedBps / 160, 20);
        this.delivered.timed(nowMs);
      }
      const { delivered } = this;
      const [arrivals, reported] = [this.#arrivals, this.#reported];
      delivered.measure({ arrivals, reported, datagramBps, nowMs });
    }
  }
}

Deno.test("nothing is proven before anything is known to have arrived", () => {
  const { delivered } = new Path();
  assert.equal(delivered.bps, 0);
  assert.equal(delivered.provenBps, undefined);
});

Deno.test("streams and datagrams that arrive are delivered together", () => {
  const path = new Path();
  path.run(1_000, 800_000, 50_000);
  assert.equal(path.delivered.bps, 850_000);
});

Deno.test("datagrams alone prove nothing while streams are too young to measure", () => {
  const path = new Path();
  path.run(100, 800_000, 50_000);
  assert.equal(path.delivered.provenBps, undefined);
});

Deno.test("the most that arrived stays proven for a little more than half a second", () => {
  const path = new Path();
  path.run(1_000, 800_000);
  path.run(500, 200_000);
  assert.equal(path.delivered.provenBps, 800_000);
  path.run(1_000, 200_000);
  assert.equal(path.delivered.provenBps, 200_000);
});

Deno.test("a receiver that tells no times is measured by what it counts", () => {
  const path = new Path();
  path.run(1_000, 800_000);
  path.run(1_450, undefined);
  assert.equal(path.delivered.bps, 800_000);
  path.run(100, undefined);
  assert.equal(path.delivered.bps, 100_000);
});

Deno.test("sound alone proves nothing of what the path carries besides", () => {
  const delivered = new DeliveredRate();
  for (let nowMs = 0; nowMs < 5_000; nowMs += 100) {
    const [arrivals, reported] = [new ArrivalHistory(), new ReportedRate()];
    delivered.measure({ arrivals, reported, datagramBps: 50_000, nowMs });
  }
  assert.equal(delivered.bps, 50_000);
  assert.equal(delivered.provenBps, undefined);
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { Link, MAX_PACKETS_HELD, REORDER_HOLD_MS } from "./link.ts";
import { parseNetworkProfile } from "./network_profile_text.ts";

/** A link towards the client, and a clock that moves when the test says so. */
function makeLink(text: string, index = 0) {
  const profile = parseNetworkProfile(text);
  const link = new Link<number>({ direction: "down", profile, index, startedAtMs: 0, nowMs: 0 });
  return {
    link,
    /** Offers packets of so many bytes, named by their position. */
    offer: (bytes: readonly number[], nowMs = 0) =>
      bytes.map((size, packet) => link.offer(packet, size, nowMs)),
    /** Everything that arrives until `untilMs`, as [packet, when]. */
    arrivals(untilMs: number): [number, number][] {
      const arrived: [number, number][] = [];
      for (let dueMs; (dueMs = link.nextDueMs()) !== undefined && dueMs <= untilMs;) {
        for (let packet; (packet = link.take(dueMs)) !== undefined;) arrived.push([packet, dueMs]);
      }
      return arrived;
    },
  };
}

const repeat = (count: number, bytes = 1_000) => Array.from({ length: count }, () => bytes);
const order = (arrivals: [number, number][]) => arrivals.map(([packet]) => packet);

Deno.test("on a clear link packets arrive at once and in order", () => {
  const t = makeLink("clear");
  deepStrictEqual(t.offer([100, 200, 300], 5), ["taken", "taken", "taken"]);
  deepStrictEqual(t.arrivals(5), [[0, 5], [1, 5], [2, 5]]);
});

Deno.test("each packet takes the time that the rate gives its bytes", () => {
  const t = makeLink("1mbit");
  t.offer([1_000, 500, 1_000]);
  deepStrictEqual(t.arrivals(100), [[0, 8], [1, 12], [2, 20]]);
});

Deno.test("half of a round trip is added behind the line", () => {
  const t = makeLink("1mbit,50ms");
  t.offer([1_000, 1_000]);
  deepStrictEqual(t.arrivals(100), [[0, 33], [1, 41]]);
});

Deno.test("an idle line saves nothing up", () => {
  const t = makeLink("1mbit");
  t.offer([1_000], 1_000);
  deepStrictEqual(t.arrivals(2_000), [[0, 1_008]]);
});

Deno.test("the queue holds exactly its bytes and drops the tail", () => {
  const t = makeLink("1mbit,3kB");
  deepStrictEqual(t.offer([1_000, 1_000, 1_000, 1]), ["taken", "taken", "taken", "queue"]);
  strictEqual(t.link.offer(9, 1_000, 7.9), "queue", "the first is still on the line");
  strictEqual(t.link.offer(9, 1_000, 8), "taken", "the first has left");
  strictEqual(t.link.counters.droppedByQueue, 2);
});

Deno.test("a rate without a queue has one of 64 kB, and of 256 kB from 10 Mbit/s on", () => {
  const taken = (text: string) =>
    makeLink(text).offer(repeat(300)).filter((result) => result === "taken").length;
  strictEqual(taken("9.9mbit"), 64);
  strictEqual(taken("10mbit"), 256);
});

Deno.test("a link holds a bounded number of packets", () => {
  const t = makeLink("1s");
  const results = t.offer(repeat(MAX_PACKETS_HELD + 1, 1));
  strictEqual(results.indexOf("queue"), MAX_PACKETS_HELD);
});

Deno.test("the share of lost packets is the one that was asked for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      const t = makeLink(`5%,seed ${seed}`);
      t.offer(repeat(5_000, 1));
      const { droppedByLoss, offeredPackets } = t.link.counters;
      // Five standard deviations of a binomial distribution: wrong once in 1.7 million seeds.
      const deviation = Math.sqrt(offeredPackets * 0.05 * 0.95);
      ok(Math.abs(droppedByLoss - 250) < 5 * deviation, `${droppedByLoss} of ${offeredPackets}`);
    }),
    propertyRuns(30),
  );
});

Deno.test("the same seed loses the same packets, another seed or client others", () => {
  const fates = (text: string, index = 0) => makeLink(text, index).offer(repeat(200));
  deepStrictEqual(fates("10%,seed 7"), fates("10%,seed 7"));
  ok(fates("10%,seed 7").join() !== fates("10%,seed 8").join());
  ok(fates("10%,seed 7", 0).join() !== fates("10%,seed 7", 1).join());
});

Deno.test("jitter spreads arrivals up to its bound and keeps their order", () => {
  const t = makeLink("jitter 30ms");
  for (let packet = 0; packet < 500; packet++) t.link.offer(packet, 1, packet * 40);
  const lateMs = t.arrivals(60_000).map(([packet, atMs]) => atMs - packet * 40);
  ok(lateMs.every((ms) => ms >= 0 && ms <= 30));
  ok(Math.min(...lateMs) < 1 && Math.max(...lateMs) > 29);

  const burst = makeLink("jitter 30ms");
  burst.offer(repeat(100));
  deepStrictEqual(order(burst.arrivals(100)), repeat(100).map((_, packet) => packet));
});

Deno.test("a packet that is held back is overtaken by those that follow", () => {
  const t = makeLink("reorder 20%,seed 3");
  for (let packet = 0; packet < 100; packet++) t.link.offer(packet, 1, packet);
  const arrivals = t.arrivals(1_000);
  const heldBack = arrivals.filter(([packet, atMs]) => atMs === packet + REORDER_HOLD_MS);
  ok(heldBack.length > 5 && heldBack.length < 40, `${heldBack.length} were held back`);
  strictEqual(arrivals.filter(([packet, atMs]) => atMs === packet).length, 100 - heldBack.length);
});

Deno.test("a change of rate applies to what already waits, to the bit", () => {
  const t = makeLink("1mbit; @10ms 2mbit");
  t.offer([1_000, 1_000]);
  // The second packet has 2 ms at 1 Mbit/s, and its other 6,000 bits take 3 ms at 2 Mbit/s.
  deepStrictEqual(t.arrivals(100), [[0, 8], [1, 13]]);
});

Deno.test("a blackout loses what is under way and what comes, and ends when it should", () => {
  const t = makeLink("20ms; @100ms blackout; @200ms clear");
  strictEqual(t.link.offer(1, 100, 85), "taken");
  strictEqual(t.link.offer(2, 100, 95), "taken");
  strictEqual(t.link.offer(3, 100, 100), "blackout");
  strictEqual(t.link.offer(4, 100, 199), "blackout");
  strictEqual(t.link.offer(5, 100, 200), "taken");
  strictEqual(t.link.take(200), 1, "it had arrived before");
  strictEqual(t.link.take(200), 5);
  strictEqual(t.link.counters.droppedByBlackout, 3);
});

Deno.test("a profile that is set live counts its changes from then", () => {
  const t = makeLink("clear");
  t.link.setProfile(parseNetworkProfile("1mbit; @50ms blackout"), 1_000);
  strictEqual(t.link.offer(1, 1_000, 1_010), "taken");
  deepStrictEqual(t.arrivals(1_049), [[1, 1_018]]);
  strictEqual(t.link.offer(2, 1_000, 1_050), "blackout");
});

Deno.test("changes come to pass at any start of the clock", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.integer({ min: 1, max: 100_000 }),
      (startedAtMs, atMs) => {
        const link = new Link<number>({
          direction: "up",
          profile: parseNetworkProfile(`clear; @${atMs}ms blackout`),
          index: 0,
          startedAtMs,
          nowMs: startedAtMs,
        });
        strictEqual(link.offer(0, 1, startedAtMs + atMs - 0.5), "taken");
        strictEqual(link.offer(0, 1, startedAtMs + atMs), "blackout");
      },
    ),
    propertyRuns(200),
  );
});

Deno.test("every packet is delivered or counted as dropped", () => {
  const packets = fc.array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 50 }),
      bytes: fc.integer({ min: 1, max: 1_500 }),
    }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(packets, fc.integer({ min: 0, max: 1_000 }), (offered, seed) => {
      const t = makeLink(
        `500kbit,5kB,20ms,jitter 10ms,5%,reorder 5%,seed ${seed}; @1s 50kbit; @2s blackout; @3s clear,5ms`,
      );
      let nowMs = 0;
      offered.forEach(({ gapMs, bytes }, packet) => t.link.offer(packet, bytes, nowMs += gapMs));
      t.arrivals(1e9);
      const counted = t.link.counters;
      strictEqual(
        counted.deliveredPackets + counted.droppedByQueue + counted.droppedByLoss +
          counted.droppedByBlackout,
        offered.length,
      );
    }),
    propertyRuns(100),
  );
});

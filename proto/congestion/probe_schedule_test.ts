import assert from "node:assert/strict";
import { ProbeSchedule } from "./probe_schedule.ts";

const RATES = { sendingBps: 300_000, wantedBps: 2_500_000 };
const RTT_MS = 50;

function started(): ProbeSchedule {
  const probes = new ProbeSchedule();
  probes.start(0, 1e6, RATES);
  assert.ok(probes.start(300, 1e6, RATES));
  return probes;
}

Deno.test("a probe sends more than the target, for a short while", () => {
  const probes = new ProbeSchedule();
  assert.equal(probes.start(0, 1e6, RATES), undefined);
  assert.deepEqual(probes.start(300, 1e6, RATES), { bitrateBps: 1.6e6, durationMs: 300 });
  assert.ok(probes.isSending);
});

Deno.test("nobody probes for more than is wanted", () => {
  const probes = new ProbeSchedule();
  probes.start(0, 1e6, RATES);
  const rates = { sendingBps: 300_000, wantedBps: 1.2e6 };
  assert.equal(Math.round(probes.start(300, 1e6, rates)!.bitrateBps), 1_380_000);
});

Deno.test("nobody probes when the media test the path or the target is enough", () => {
  const probes = new ProbeSchedule();
  probes.start(0, 1e6, RATES);
  assert.equal(probes.start(300, 1e6, { sendingBps: 900_000, wantedBps: 2.5e6 }), undefined);
  assert.equal(probes.start(300, 1e6, { sendingBps: 300_000, wantedBps: 900_000 }), undefined);
});

Deno.test("a probe without a queue raises the target once all its reports have come", () => {
  const probes = started();
  probes.end(600);
  assert.equal(probes.verdictBps(800, RTT_MS), undefined);
  assert.equal(probes.verdictBps(850, RTT_MS), 0.9 * 1.6e6);
  assert.equal(probes.verdictBps(900, RTT_MS), undefined);
  assert.ok(probes.start(1_150, 1.44e6, RATES));
});

Deno.test("a probe that fails ends at once, and the next ones are ever later", () => {
  const probes = started();
  probes.fail(400);
  assert.ok(!probes.isSending);
  assert.equal(probes.verdictBps(2_000, RTT_MS), undefined);
  assert.equal(probes.start(2_399, 1e6, RATES), undefined);
  assert.ok(probes.start(2_400, 1e6, RATES));
  probes.fail(2_500);
  assert.equal(probes.start(6_499, 1e6, RATES), undefined);
  assert.ok(probes.start(6_500, 1e6, RATES));
});

Deno.test("a queue without a probe puts the next one off", () => {
  const probes = new ProbeSchedule();
  probes.start(0, 1e6, RATES);
  probes.fail(200);
  assert.equal(probes.start(2_100, 1e6, RATES), undefined);
  assert.ok(probes.start(2_200, 1e6, RATES));
});

Deno.test("a probe whose end nobody tells ends by itself", () => {
  const probes = started();
  probes.verdictBps(1_000, RTT_MS);
  assert.ok(!probes.isSending);
});

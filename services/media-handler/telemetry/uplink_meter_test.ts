import { deepStrictEqual } from "node:assert/strict";
import { NOTHING_ARRIVED, uplinkQuality } from "./uplink_meter.ts";

Deno.test("loss and lateness are those since the last look", () => {
  const before = {
    arrivals: 100,
    lateArrivals: 100,
    datagramsExpected: 60,
    datagramsReceived: 20,
    datagramJitterMs: 1,
  };
  const now = {
    ...before,
    arrivals: 300,
    lateArrivals: 150,
    datagramsExpected: 110,
    datagramsReceived: 60,
  };
  deepStrictEqual(uplinkQuality(before, now), { lossRatio: 0.2, lateRatio: 0.25 });
});

Deno.test("of a session that sent nothing, or counts from the start again, nothing bad is said", () => {
  deepStrictEqual(uplinkQuality(NOTHING_ARRIVED, NOTHING_ARRIVED), { lossRatio: 0, lateRatio: 0 });
  const many = { ...NOTHING_ARRIVED, arrivals: 10, datagramsExpected: 10, datagramsReceived: 10 };
  deepStrictEqual(uplinkQuality(many, NOTHING_ARRIVED), { lossRatio: 0, lateRatio: 0 });
});

import assert from "node:assert/strict";
import { CALM_REPORT_INTERVAL_MS, REPORT_INTERVAL_MS } from "../media_stream/arrival_report.ts";
import { expectedReportIntervalMs, type ReportWaits, usualAgeMs } from "./report_deadline.ts";

const CALM: ReportWaits = {
  baseRttMs: 40,
  reportIntervalMs: 100,
  foreignQueueMs: 0,
  jitterMs: 0,
  lossRatio: 0,
};

Deno.test("a receiver that promises nothing reports at the usual interval", () => {
  assert.equal(expectedReportIntervalMs(), REPORT_INTERVAL_MS);
});

Deno.test("no promise makes reports be expected more often, or rarer than on a calm path", () => {
  assert.equal(expectedReportIntervalMs(33), REPORT_INTERVAL_MS);
  assert.equal(expectedReportIntervalMs(200), 200);
  assert.equal(expectedReportIntervalMs(60_000), CALM_REPORT_INTERVAL_MS);
});

Deno.test("on a calm path a report takes a round trip, its interval and a little", () => {
  assert.equal(usualAgeMs(CALM), 190);
});

Deno.test("before a round trip is known a long one is assumed", () => {
  assert.equal(usualAgeMs({ ...CALM, baseRttMs: undefined }), 450);
});

Deno.test("where packets get lost streams stall for a round trip and a half", () => {
  assert.equal(usualAgeMs({ ...CALM, lossRatio: 0.01 }), 250);
  assert.equal(usualAgeMs({ ...CALM, lossRatio: 0.002 }), 190);
});

Deno.test("what others keep waiting and jitter delay a report as well", () => {
  assert.equal(usualAgeMs({ ...CALM, foreignQueueMs: 80, jitterMs: 10 }), 290);
});

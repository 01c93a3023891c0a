import assert from "node:assert/strict";
import {
  CALM_REPORT_INTERVAL_MS,
  QUEUE_TRANSIT_MS,
  REPORT_INTERVAL_MS,
  URGENT_REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { CALM_AFTER_MS, ReportPace, UNUSUAL_TRANSIT_MS } from "./report_pace.ts";

Deno.test("reports become rare once nothing was unusual for a while", () => {
  const pace = new ReportPace(0);
  assert.equal(pace.reported(CALM_AFTER_MS - 1), REPORT_INTERVAL_MS);
  assert.equal(pace.reported(CALM_AFTER_MS), CALM_REPORT_INTERVAL_MS);
});

Deno.test("a transit out of the ordinary makes them frequent again", () => {
  const pace = new ReportPace(0);
  pace.arrived(UNUSUAL_TRANSIT_MS + 1, 10_000);
  assert.equal(pace.reported(10_001), REPORT_INTERVAL_MS);
  pace.arrived(UNUSUAL_TRANSIT_MS - 1, 10_000 + CALM_AFTER_MS);
  assert.equal(pace.reported(10_000 + CALM_AFTER_MS), CALM_REPORT_INTERVAL_MS);
});

Deno.test("a loss, or a probe of the sender, is reported before a calm interval is over", () => {
  const pace = new ReportPace(0);
  pace.reported(20_000);
  assert.equal(pace.isUrgent(20_000 + REPORT_INTERVAL_MS), false);
  pace.disturbed(20_001);
  assert.equal(pace.isUrgent(20_002), false);
  assert.equal(pace.isUrgent(20_000 + REPORT_INTERVAL_MS), true);
});

Deno.test("while what arrives has queued, reports are as frequent as they may be", () => {
  const pace = new ReportPace(0);
  pace.reported(20_000);
  pace.arrived(QUEUE_TRANSIT_MS + 1, 20_001);
  assert.equal(pace.isUrgent(20_000 + URGENT_REPORT_INTERVAL_MS - 1), false);
  assert.equal(pace.isUrgent(20_000 + URGENT_REPORT_INTERVAL_MS), true);
  pace.reported(20_040);
  assert.equal(pace.isUrgent(20_040 + URGENT_REPORT_INTERVAL_MS), false);
});

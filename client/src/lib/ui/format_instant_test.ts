import assert from "node:assert/strict";
import { formatDuration, formatInstant, formatSpan } from "./format_instant.ts";

Deno.test("an instant is written in the zone that is asked for, and names it", () => {
  const instant = "2026-11-24T09:00:00Z";
  assert.equal(formatInstant(instant, "Europe/Berlin"), "Tue, 24 Nov 2026, 10:00 CET");
  assert.match(formatInstant(instant, "America/New_York"), /04:00/);
});

Deno.test("a span within one day names the day once", () => {
  const start = "2026-11-24T09:00:00Z";
  const sameDay = formatSpan({ start, end: "2026-11-24T10:30:00Z" }, "Europe/Berlin");
  assert.match(sameDay, /^Tue,? 24 Nov 2026, 10:00\s?–\s?11:30 CET$/);
  const twoDays = formatSpan({ start, end: "2026-11-25T10:30:00Z" }, "Europe/Berlin");
  assert.match(twoDays, /24 Nov 2026.*25 Nov 2026/);
});

Deno.test("lengths of time are as exact as people need them", () => {
  assert.equal(formatDuration(0), "0 s");
  assert.equal(formatDuration(59.4), "59 s");
  assert.equal(formatDuration(60), "1 min");
  assert.equal(formatDuration(3_599), "59 min");
  assert.equal(formatDuration(7_500), "2 h 5 min");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { instantOf, localTimeOf } from "./zoned_time.ts";

Deno.test("a local time is the instant at which clocks there show it", () => {
  assert.equal(instantOf("2026-11-24T10:00", "Europe/Berlin"), "2026-11-24T09:00:00.000Z");
  assert.equal(instantOf("2026-07-24T10:00", "Europe/Berlin"), "2026-07-24T08:00:00.000Z");
  assert.equal(instantOf("2026-11-24T10:00", "Asia/Kolkata"), "2026-11-24T04:30:00.000Z");
  assert.equal(instantOf("2026-11-24T10:00", "America/New_York"), "2026-11-24T15:00:00.000Z");
});

Deno.test("a time that clocks show twice is the earlier, one that they skip an hour later", () => {
  assert.equal(instantOf("2026-10-25T02:30", "Europe/Berlin"), "2026-10-25T00:30:00.000Z");
  assert.equal(instantOf("2026-03-29T02:30", "Europe/Berlin"), "2026-03-29T01:30:00.000Z");
});

Deno.test("what is no time has no instant", () => {
  for (const text of ["", "2026-11-24", "tomorrow", "2026-11-24 10:00"]) {
    assert.equal(instantOf(text, "UTC"), undefined);
  }
});

Deno.test("an instant to the minute survives the way there and back, but where clocks are put back", () => {
  const seed = Number(Deno.env.get("DT_SEED")) || undefined;
  const minutes = fc.integer({ min: 0, max: 40_000_000 });
  const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC");
  fc.assert(
    fc.property(minutes, zones, (minute, zone) => {
      const instant = new Date(minute * 60_000).toISOString();
      const shown = localTimeOf(instant, zone);
      assert.equal(localTimeOf(instantOf(shown, zone)!, zone), shown);
      assert.ok(Date.parse(instantOf(shown, zone)!) <= Date.parse(instant));
    }),
    { numRuns: 300, ...(seed === undefined ? {} : { seed }) },
  );
});

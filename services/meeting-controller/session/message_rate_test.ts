import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { MessageRate, MESSAGES_PER_MINUTE } from "./message_rate.ts";

Deno.test("a thousand messages in a minute are admitted, and the next one is not", () => {
  const rate = new MessageRate();
  for (let index = 0; index < MESSAGES_PER_MINUTE; index++) assert.ok(rate.admit(index));
  assert.equal(rate.admit(59_999), false);
  assert.equal(rate.admit(60_000), true);
  assert.equal(rate.admit(60_000), false);
});

Deno.test("whenever messages come, each is admitted exactly when the last minute has room", () => {
  const gapsMs = fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(90_000)), {
    minLength: 1_500,
    maxLength: 4_000,
    size: "max",
  });
  fc.assert(
    fc.property(gapsMs, (gaps) => {
      const rate = new MessageRate();
      const admitted: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        // Long gaps are rare: the limit is to be met.
        now += gap > 5 && now % 7 !== 0 ? 1 : gap;
        const inWindow = admitted.filter((atMs) => now - atMs < 60_000).length;
        const mayPass = inWindow < MESSAGES_PER_MINUTE;
        assert.equal(rate.admit(now), mayPass);
        if (mayPass) admitted.push(now);
        if (admitted.length > 2 * MESSAGES_PER_MINUTE) admitted.splice(0, MESSAGES_PER_MINUTE);
      }
    }),
    propertyRuns(20),
  );
});

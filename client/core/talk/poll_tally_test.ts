import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { PollTally } from "./poll_tally.ts";

Deno.test("each voter's last vote counts once, and votes for no option do not", () => {
  const tally = new PollTally();
  tally.vote("ada", 0);
  tally.vote("bob", 1);
  tally.vote("ada", 1);
  tally.vote("eve", 7);
  assert.deepEqual(tally.count(2), [0, 2]);
  assert.equal(tally.of("ada"), 1);
  assert.equal(tally.of("dan"), undefined);
});

Deno.test("a tally is the count of the last votes, whatever came in whatever order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ voter: fc.nat(8), option: fc.nat(6) }), { maxLength: 60 }),
      fc.integer({ min: 2, max: 5 }),
      (votes, options) => {
        const tally = new PollTally();
        const last = new Map<number, number>();
        for (const { voter, option } of votes) {
          tally.vote(String(voter), option);
          last.set(voter, option);
        }
        const expected = Array.from(
          { length: options },
          (_, option) => [...last.values()].filter((vote) => vote === option).length,
        );
        assert.deepEqual(tally.count(options), expected);
      },
    ),
    propertyRuns(500),
  );
});

import assert from "node:assert/strict";
import {
  isRotationDue,
  type KeyPolicy,
  type KeyTimes,
  rotate,
  signingKeyAt,
} from "./key_schedule.ts";

const POLICY: KeyPolicy = { signsForMs: 10_000, leadMs: 100, tokenLifetimeMs: 1_000 };
const FIRST: KeyTimes = { signsFromMs: 0, signsUntilMs: 10_000, publishedUntilMs: 11_000 };
const SECOND: KeyTimes = { signsFromMs: 10_000, signsUntilMs: 20_000, publishedUntilMs: 21_000 };

Deno.test("the first key of all signs at once", () => {
  assert.equal(isRotationDue([], 7, POLICY), true);
  assert.deepEqual(rotate([], 7, POLICY), {
    times: { signsFromMs: 7, signsUntilMs: 10_007, publishedUntilMs: 11_007 },
    predecessor: undefined,
  });
});

Deno.test("the next key is made two lead times before the last one's end and signs from that end", () => {
  assert.equal(isRotationDue([FIRST], 9_799, POLICY), false);
  assert.equal(isRotationDue([FIRST], 9_800, POLICY), true);
  assert.deepEqual(rotate([FIRST], 9_800, POLICY), { times: SECOND, predecessor: FIRST });
  assert.equal(isRotationDue([FIRST, SECOND], 9_801, POLICY), false);
});

Deno.test("each key signs from its beginning until the next one's", () => {
  const keys = [SECOND, FIRST];
  assert.equal(signingKeyAt(keys, -1), undefined);
  assert.equal(signingKeyAt(keys, 9_999), FIRST);
  assert.equal(signingKeyAt(keys, 10_000), SECOND);
  assert.equal(signingKeyAt(keys, 20_500), SECOND);
  assert.equal(signingKeyAt(keys, 21_000), undefined);
});

Deno.test("a key that nobody replaced in time signs on until the late one does", () => {
  assert.deepEqual(rotate([FIRST], 10_950, POLICY), {
    times: { signsFromMs: 11_050, signsUntilMs: 21_050, publishedUntilMs: 22_050 },
    predecessor: { signsFromMs: 0, signsUntilMs: 11_050, publishedUntilMs: 12_050 },
  });
});

Deno.test("a key that is wanted soon signs after the lead time, and the one before it ends there", () => {
  assert.deepEqual(rotate([FIRST], 5_000, POLICY, true), {
    times: { signsFromMs: 5_100, signsUntilMs: 15_100, publishedUntilMs: 16_100 },
    predecessor: { signsFromMs: 0, signsUntilMs: 5_100, publishedUntilMs: 6_100 },
  });
});

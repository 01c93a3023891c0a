import assert from "node:assert/strict";
import { PasscodeCheck } from "./passcode_check.ts";

/** Counts what is hashed slowly; the passcode behind a hash is the hash itself. */
function countingHasher() {
  const hashed: string[] = [];
  return {
    hashed,
    verify: (secret: string, hash: string | undefined) => {
      hashed.push(secret);
      return Promise.resolve(secret === hash);
    },
  };
}

Deno.test("once the right passcode is known, neither right nor wrong ones are hashed slowly", async () => {
  const hasher = countingHasher();
  const check = new PasscodeCheck({ hasher });
  assert.equal(await check.matches("1111", "1234"), false);
  assert.equal(await check.matches("1234", "1234"), true);
  assert.deepEqual(hasher.hashed, ["1111", "1234"]);
  assert.equal(await check.matches("1234", "1234"), true);
  assert.equal(await check.matches("1111", "1234"), false);
  assert.deepEqual(hasher.hashed, ["1111", "1234"]);
  assert.equal(await check.matches("1234", "9999"), false, "a changed passcode has another hash");
});

Deno.test("the passcode asked for least recently is forgotten first", async () => {
  const hasher = countingHasher();
  const check = new PasscodeCheck({ hasher, limit: 2 });
  for (const passcode of ["aaaa", "bbbb", "aaaa", "cccc"]) await check.matches(passcode, passcode);
  hasher.hashed.length = 0;
  await check.matches("aaaa", "aaaa");
  await check.matches("bbbb", "bbbb");
  assert.deepEqual(hasher.hashed, ["bbbb"]);
});

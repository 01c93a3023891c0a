import assert from "node:assert/strict";
import { SealedKey } from "./sealed_answer.ts";

const SECRET = "a secret of the servers with enough characters";
const answer = { status: 201, headers: { "content-type": "text/plain" }, body: "tøken\u{1f600}" };
const key = () => new SealedKey(SECRET, "client:a", "key-1");

Deno.test("whoever has secret, caller and key opens what they sealed", () => {
  assert.deepEqual(key().open(key().seal(answer)), answer);
});

Deno.test("another secret, caller or key opens nothing and names another row", () => {
  const sealed = key().seal(answer);
  const others = [
    new SealedKey(`${SECRET}!`, "client:a", "key-1"),
    new SealedKey(SECRET, "client:b", "key-1"),
    new SealedKey(SECRET, "client:a", "key-2"),
  ];
  for (const other of others) {
    assert.notDeepEqual(other.keyHash, key().keyHash);
    assert.notDeepEqual(other.requestHash(["POST"]), key().requestHash(["POST"]));
    assert.throws(() => other.open(sealed));
  }
});

Deno.test("a changed byte anywhere is noticed", () => {
  const sealed = key().seal(answer);
  for (let index = 0; index < sealed.length; index++) {
    const changed = sealed.slice();
    changed[index]! ^= 1;
    assert.throws(() => key().open(changed));
  }
});

Deno.test("requests differ wherever the border between their parts is", () => {
  assert.notDeepEqual(key().requestHash(["ab", "c"]), key().requestHash(["a", "bc"]));
  assert.deepEqual(key().requestHash(["ab", "c"]), key().requestHash(["ab", "c"]));
});

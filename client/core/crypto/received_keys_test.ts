import assert from "node:assert/strict";
import { KeyMessageError } from "./key_message.ts";
import {
  MAX_GENERATIONS_PER_SENDER,
  MAX_STEPS_AHEAD,
  OLD_KEY_LIFETIME_MS,
  ReceivedKeys,
  ReceivingKey,
} from "./received_keys.ts";
import { BASE_KEY_LENGTH, kidOf, SenderKey } from "./sender_key.ts";
import { settled, SimulatedTime } from "../testing/simulated_time.ts";

const SENDER = "22222222-2222-4222-8222-222222222222";

/** A key with a secret that depends on generation, step 0 and `secret` alone. */
async function senderKey(generation: number, step = 0, secret = 1): Promise<SenderKey> {
  const baseKey = new Uint8Array(BASE_KEY_LENGTH).fill(secret);
  let key = new SenderKey(SENDER, generation, 0, baseKey);
  while (key.step < step) key = await key.ratchet();
  return key;
}

/** A test after which no derivation of a key that it only looked up is under way. */
function test(name: string, act: () => Promise<void> | void): void {
  Deno.test(name, async () => {
    await act();
    await settled();
  });
}

function found(keys: ReceivedKeys, generation: number, step = 0): ReceivingKey {
  const key = keys.find(kidOf(generation, step));
  assert.ok(key instanceof ReceivingKey, `generation ${generation} step ${step}: ${key}`);
  return key;
}

function refused(reason: string) {
  return (error: unknown) => error instanceof KeyMessageError && error.reason === reason;
}

test("a KID is unknown before its key, and one key after it", async () => {
  using keys = new ReceivedKeys(new SimulatedTime());
  assert.equal(keys.find(kidOf(3, 2)), "unknown");
  await keys.install(await senderKey(3, 2));
  assert.equal(found(keys, 3, 2), found(keys, 3, 2));
  assert.equal(keys.find(kidOf(3, 1)), "old");
  assert.equal(keys.find(kidOf(2, 0)), "unknown");
  assert.equal(keys.find(kidOf(4, 0)), "unknown");
});

test("eight steps ahead are followed, nine are not", async () => {
  using keys = new ReceivedKeys(new SimulatedTime());
  await keys.install(await senderKey(0));
  const ahead = found(keys, 0, MAX_STEPS_AHEAD);
  assert.ok((await ahead.senderKey).equals(await senderKey(0, MAX_STEPS_AHEAD)));
  assert.equal(keys.find(kidOf(0, MAX_STEPS_AHEAD + 1)), "unknown");
});

test("a step counts only once a frame under it authenticated", async () => {
  using keys = new ReceivedKeys(new SimulatedTime());
  await keys.install(await senderKey(0));
  const ahead = found(keys, 0, 4);
  assert.equal(keys.find(kidOf(0, 4 + MAX_STEPS_AHEAD)), "unknown");
  assert.ok(found(keys, 0, 0));
  keys.authenticated(ahead);
  assert.ok(found(keys, 0, 4 + MAX_STEPS_AHEAD));
});

test("older keys end ten seconds after the first frame under a newer one", async () => {
  const time = new SimulatedTime();
  using keys = new ReceivedKeys(time);
  await keys.install(await senderKey(0));
  const old = await found(keys, 0).senderKey;
  await keys.install(await senderKey(1, 0, 2));
  await time.advance(2 * OLD_KEY_LIFETIME_MS);
  assert.ok(found(keys, 0));
  keys.authenticated(found(keys, 1));
  await time.advance(OLD_KEY_LIFETIME_MS - 1);
  assert.ok(found(keys, 0));
  await time.advance(1);
  assert.equal(keys.find(kidOf(0, 0)), "old");
  assert.throws(() => old.exportBaseKey());
  assert.ok(found(keys, 1));
});

test("a ratchet step retires the steps before it", async () => {
  const time = new SimulatedTime();
  using keys = new ReceivedKeys(time);
  await keys.install(await senderKey(0));
  keys.authenticated(found(keys, 0, 2));
  await time.advance(OLD_KEY_LIFETIME_MS);
  assert.equal(keys.find(kidOf(0, 1)), "old");
  assert.ok(found(keys, 0, 2));
  assert.ok(found(keys, 0, 3));
});

test("a key for a known KID must be that key", async () => {
  using keys = new ReceivedKeys(new SimulatedTime());
  await keys.install(await senderKey(0, 1));
  await keys.install(await senderKey(0, 1));
  await assert.rejects(keys.install(await senderKey(0, 1, 9)), refused("conflicting-key"));
  const stranger = new SenderKey(SENDER, 0, 5, new Uint8Array(BASE_KEY_LENGTH).fill(9));
  await assert.rejects(keys.install(stranger), refused("conflicting-key"));
  await keys.install(await senderKey(0, 5));
  assert.ok((await found(keys, 0, 6).senderKey).equals(await senderKey(0, 6)));
});

test("a key that arrives for a far step opens it, however far", async () => {
  using keys = new ReceivedKeys(new SimulatedTime());
  await keys.install(await senderKey(0));
  assert.equal(keys.find(kidOf(0, 12)), "unknown");
  await keys.install(await senderKey(0, 12));
  assert.ok(found(keys, 0, 12));
});

test("a key from before the one in use is refused", async () => {
  using keys = new ReceivedKeys(new SimulatedTime());
  await keys.install(await senderKey(5, 3));
  keys.authenticated(found(keys, 5, 3));
  await assert.rejects(keys.install(await senderKey(4)), refused("old-key"));
  await assert.rejects(keys.install(await senderKey(5, 2)), refused("old-key"));
});

test("generations that are never used do not pile up", async () => {
  const time = new SimulatedTime();
  using keys = new ReceivedKeys(time);
  for (let generation = 0; generation < 50; generation++) {
    await keys.install(await senderKey(generation, 0, generation));
    const kept = Array.from({ length: generation + 1 }, (_, i) => keys.find(kidOf(i, 0)))
      .filter((key) => key instanceof ReceivingKey);
    assert.ok(kept.length <= MAX_GENERATIONS_PER_SENDER);
  }
  await time.advance(OLD_KEY_LIFETIME_MS);
  const kept = Array.from({ length: 50 }, (_, i) => keys.find(kidOf(i, 0)))
    .filter((key) => key instanceof ReceivingKey);
  assert.equal(kept.length, 2);
});

test("disposed keys are gone, and leave no timer", async () => {
  const time = new SimulatedTime();
  const keys = new ReceivedKeys(time);
  await keys.install(await senderKey(0));
  await keys.install(await senderKey(1, 0, 2));
  keys.authenticated(found(keys, 1));
  let changes = 0;
  keys.onChange(() => changes++);
  keys[Symbol.dispose]();
  assert.equal(keys.find(kidOf(1, 0)), "closed");
  assert.equal(changes, 1);
  assert.equal(time.timers, 0);
  await assert.rejects(keys.install(await senderKey(2)), refused("closed"));
});

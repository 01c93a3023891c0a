import assert from "node:assert/strict";
import { EncryptionError } from "./encryption_error.ts";
import { SenderKey } from "./sender_key.ts";
import { SendingKey } from "./sending_key.ts";
import { MAX_TRACKS_PER_KEY } from "./track_keys.ts";

const SENDER = "22222222-2222-4222-8222-222222222222";
const STREAM = "00112233-4455-4677-8899-aabbccddeeff";

Deno.test("each stream and layer counts for itself", async () => {
  const key = new SendingKey(SenderKey.generate(SENDER, 0));
  const leases = [0, 1, 0, 0, 1].map((layer) => key.lease(STREAM, layer));
  assert.deepEqual(leases.map(({ counter }) => counter), [0, 0, 1, 2, 1]);
  await Promise.all(leases.map(({ frameKey }) => frameKey));
});

Deno.test("the number of tracks is bounded, and a track in use stays usable", async () => {
  const key = new SendingKey(SenderKey.generate(SENDER, 0));
  const stream = (i: number) => STREAM.slice(0, -4) + i.toString(16).padStart(4, "0");
  const leases = Array.from(
    { length: MAX_TRACKS_PER_KEY },
    (_, index) => key.lease(stream(index), 0),
  );
  assert.throws(
    () => key.lease(stream(MAX_TRACKS_PER_KEY), 0),
    (error) => error instanceof EncryptionError && error.reason === "too-many-tracks",
  );
  assert.equal(key.lease(stream(0), 0).counter, 1);
  await Promise.all(leases.map(({ frameKey }) => frameKey));
});

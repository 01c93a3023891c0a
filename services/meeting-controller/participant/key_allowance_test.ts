import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import {
  type AddressedKey,
  KEY_BURST_BYTES,
  KEY_BYTES_PER_SECOND,
  KEY_OVERHEAD_BYTES,
  KeyAllowances,
} from "./key_allowance.ts";
import type { Participant } from "./participant.ts";

const RATE_LIMITED = { code: ErrorCode.RATE_LIMITED };

/** Allowances of three participants, of whom nothing but their identity matters. */
function stage() {
  const clock = new ManualClock();
  const [ada, bob, cleo] = [{} as Participant, {} as Participant, {} as Participant];
  return { clock, allowances: new KeyAllowances(clock), ada, bob, cleo };
}

/** A key message that counts `bytes` in all. */
const keyTo = (recipient: Participant, bytes: number): AddressedKey => ({
  recipient,
  message: new Uint8Array(bytes - KEY_OVERHEAD_BYTES),
});

Deno.test("who has delivered to somebody as much as is allowed at once has to wait", () => {
  const { clock, allowances, ada, bob } = stage();
  const least = keyTo(bob, KEY_OVERHEAD_BYTES + 1);
  allowances.spend(ada, [keyTo(bob, KEY_BURST_BYTES)]);
  assert.throws(() => allowances.spend(ada, [least]), RATE_LIMITED);
  clock.advance(1_000);
  allowances.spend(ada, [keyTo(bob, KEY_BYTES_PER_SECOND)]);
  assert.throws(() => allowances.spend(ada, [least]), RATE_LIMITED);
});

Deno.test("a long silence allows no more than is allowed at once", () => {
  const { clock, allowances, ada, bob } = stage();
  allowances.spend(ada, [keyTo(bob, KEY_BURST_BYTES)]);
  clock.advance(3_600_000);
  assert.throws(() => allowances.spend(ada, [keyTo(bob, KEY_BURST_BYTES + 1)]), RATE_LIMITED);
  allowances.spend(ada, [keyTo(bob, KEY_BURST_BYTES)]);
});

Deno.test("tiny keys for one count as what they are on the way", () => {
  const { allowances, ada, bob } = stage();
  const tinyBytes = KEY_OVERHEAD_BYTES + 1;
  const most = Math.floor(KEY_BURST_BYTES / tinyBytes);
  const keys = Array.from({ length: most + 1 }, () => keyTo(bob, tinyBytes));
  assert.throws(() => allowances.spend(ada, keys), RATE_LIMITED);
  allowances.spend(ada, keys.slice(1));
});

Deno.test("a delivery that is too much for one of its recipients costs nothing", () => {
  const { allowances, ada, bob, cleo } = stage();
  const most = [keyTo(bob, KEY_BURST_BYTES), keyTo(cleo, KEY_BURST_BYTES + 1)];
  assert.throws(() => allowances.spend(ada, most), RATE_LIMITED);
  allowances.spend(ada, [keyTo(bob, KEY_BURST_BYTES), keyTo(cleo, KEY_BURST_BYTES)]);
});

Deno.test("nobody pays for what others deliver, or what is delivered to others", () => {
  const { allowances, ada, bob, cleo } = stage();
  allowances.spend(ada, [keyTo(bob, KEY_BURST_BYTES)]);
  allowances.spend(ada, [keyTo(cleo, KEY_BURST_BYTES)]);
  allowances.spend(cleo, [keyTo(bob, KEY_BURST_BYTES)]);
});

Deno.test("some key messages a second are never too many", () => {
  const { clock, allowances, ada, bob } = stage();
  const messageBytes = 140 + KEY_OVERHEAD_BYTES;
  for (let second = 0; second < 3_600; second++) {
    allowances.spend(ada, Array.from({ length: 20 }, () => keyTo(bob, messageBytes)));
    clock.advance(1_000);
  }
});

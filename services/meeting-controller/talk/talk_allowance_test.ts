import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Participant } from "../participant/participant.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { TALK_BURST_BYTES, TALK_BYTES_PER_SECOND, TalkAllowances } from "./talk_allowance.ts";

/** Allowances of two participants, of whom nothing but their identity matters. */
function stage() {
  const clock = new ManualClock();
  const [ada, bob] = [{} as Participant, {} as Participant];
  return { clock, allowances: new TalkAllowances(clock), ada, bob };
}

const RATE_LIMITED = { code: ErrorCode.RATE_LIMITED };

Deno.test("who has said as much as is allowed at once has to wait", () => {
  const { clock, allowances, ada } = stage();
  allowances.spend(ada, TALK_BURST_BYTES);
  assert.throws(() => allowances.spend(ada, 1), RATE_LIMITED);
  clock.advance(1_000);
  allowances.spend(ada, TALK_BYTES_PER_SECOND);
  assert.throws(() => allowances.spend(ada, 1), RATE_LIMITED);
});

Deno.test("a long silence allows no more than is allowed at once", () => {
  const { clock, allowances, ada } = stage();
  allowances.spend(ada, 1);
  clock.advance(3_600_000);
  allowances.spend(ada, TALK_BURST_BYTES);
  assert.throws(() => allowances.spend(ada, 1), RATE_LIMITED);
});

Deno.test("what is refused costs nothing, and nobody pays for another", () => {
  const { allowances, ada, bob } = stage();
  assert.throws(() => allowances.spend(ada, TALK_BURST_BYTES + 1), RATE_LIMITED);
  allowances.spend(ada, TALK_BURST_BYTES);
  allowances.spend(bob, TALK_BURST_BYTES);
});

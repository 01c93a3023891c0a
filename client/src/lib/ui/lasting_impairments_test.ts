import assert from "node:assert/strict";
import type { StreamImpairment } from "../meeting_worker/downlink_status.ts";
import { LastingImpairments } from "./lasting_impairments.ts";

const impaired = (
  effect: StreamImpairment["effect"],
  cause: StreamImpairment["cause"] = "own-network",
): StreamImpairment => ({ streamId: "bob", cause, effect });

/** What counts of Bob's stream after each second. */
function counted(seconds: readonly (StreamImpairment | undefined)[]): (string | undefined)[] {
  const impairments = new LastingImpairments();
  return seconds.map((impairment, second) => {
    const lasting = impairments.observe(impairment ? [impairment] : [], second * 1_000).get("bob");
    return lasting && `${lasting.cause} ${lasting.effect}`;
  });
}

const paused = impaired("paused");
const reduced = impaired("reduced");

Deno.test("a picture that is paused for a moment is not marked", () => {
  assert.deepEqual(counted([paused, paused, undefined, paused]), Array(4).fill(undefined));
});

Deno.test("one that stays paused is marked, until it has been well for a while", () => {
  assert.deepEqual(
    counted([paused, paused, paused, paused, undefined, undefined, undefined, undefined]),
    [undefined, undefined, undefined, ...Array(4).fill("own-network paused"), undefined],
  );
});

Deno.test("one that is paused and reduced in turn is marked as reduced", () => {
  const last = counted([paused, reduced, paused, reduced, paused]).at(-1);
  assert.equal(last, "own-network reduced");
});

Deno.test("the mark names the newest cause", () => {
  const theirs = impaired("paused", "publisher-network");
  assert.equal(counted([paused, paused, paused, theirs]).at(-1), "publisher-network paused");
});

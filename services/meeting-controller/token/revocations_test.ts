import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";
import { JOIN_TOKEN_VALIDITY_MS } from "./join_token.ts";
import { Revocations } from "./revocations.ts";

Deno.test("a revocation holds for as long as a token may be valid", () => {
  let nowMs = 0;
  const revocations = new Revocations({ clock: { now: () => nowMs } });
  revocations.add("token");
  assert.deepEqual([revocations.has("token"), revocations.has("other")], [true, false]);
  nowMs = JOIN_TOKEN_VALIDITY_MS - 1;
  assert.equal(revocations.has("token"), true);
  nowMs++;
  assert.equal(revocations.has("token"), false);
});

Deno.test("one revocation too many is refused until others have expired, and none is forgotten", () => {
  let nowMs = 0;
  const revocations = new Revocations({ clock: { now: () => nowMs }, limit: 2 });
  revocations.add("a");
  revocations.add("b");
  revocations.add("a");
  assert.throws(
    () => revocations.add("c"),
    (error) => error instanceof Refusal && error.code === ErrorCode.CAPACITY_EXCEEDED,
  );
  assert.deepEqual(["a", "b", "c"].map((id) => revocations.has(id)), [true, true, false]);
  nowMs = JOIN_TOKEN_VALIDITY_MS;
  revocations.add("c");
  assert.equal(revocations.has("c"), true);
});

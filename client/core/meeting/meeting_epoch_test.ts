import assert from "node:assert/strict";
import { MeetingEpoch } from "./meeting_epoch.ts";

Deno.test("an epoch below the highest of the meeting is refused", () => {
  const risen: bigint[] = [];
  const epoch = new MeetingEpoch((value) => risen.push(value));
  epoch.concerns("meeting");
  assert.deepEqual([3n, 3n, 4n, 3n, 4n].map((value) => epoch.accept(value)), [
    true,
    true,
    true,
    false,
    true,
  ]);
  assert.deepEqual(risen, [3n, 4n]);
});

Deno.test("another meeting begins anew, the same one does not", () => {
  const epoch = new MeetingEpoch();
  epoch.concerns("meeting");
  epoch.accept(9n);
  epoch.concerns("meeting");
  assert.equal(epoch.accept(8n), false);
  epoch.concerns("another");
  assert.equal(epoch.accept(1n), true);
});

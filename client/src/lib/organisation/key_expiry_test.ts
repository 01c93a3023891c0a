import assert from "node:assert/strict";
import { keyEnd } from "./key_expiry.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);

Deno.test("a key ends so many days from now, or never", () => {
  assert.equal(keyEnd("days30", "", NOW_MS), "2026-12-21T12:00:00.000Z");
  assert.equal(keyEnd("year", "", NOW_MS), "2027-11-21T12:00:00.000Z");
  assert.equal(keyEnd("never", "", NOW_MS), null);
});

Deno.test("a key ends when the chosen day does, here", () => {
  const end = new Date(keyEnd("date", "2027-02-28", NOW_MS)!);
  assert.deepEqual([end.getMonth(), end.getDate(), end.getHours()], [1, 28, 23]);
});

Deno.test("a day that is over, or none, is no end", () => {
  for (const date of ["2026-11-01", "", "soon"]) {
    assert.equal(keyEnd("date", date, NOW_MS), undefined);
  }
});

import assert from "node:assert/strict";
import { instantOf } from "./local_instant.ts";

Deno.test("a local time is told as an instant", () => {
  assert.equal(
    instantOf("2026-11-21T10:30"),
    new Date(2026, 10, 21, 10, 30).toISOString(),
  );
});

Deno.test("an empty or broken field is no instant", () => {
  assert.equal(instantOf(""), undefined);
  assert.equal(instantOf("tomorrow"), undefined);
});

import assert from "node:assert/strict";
import { mayPublish } from "./source_grant.ts";

Deno.test("each source needs its grant, and a screen's sound that of the screen", () => {
  const types = ["audio", "camera", "screen", "screen-audio"] as const;
  const allowed = (grants: readonly string[]) => types.filter((type) => mayPublish(grants, type));
  assert.deepEqual(allowed(["microphone", "chat"]), ["audio"]);
  assert.deepEqual(allowed(["camera"]), ["camera"]);
  assert.deepEqual(allowed(["screen"]), ["screen", "screen-audio"]);
  assert.deepEqual(allowed([]), []);
});

Deno.test("without any word on grants everything may be sent", () => {
  assert.ok(mayPublish(undefined, "camera"));
});

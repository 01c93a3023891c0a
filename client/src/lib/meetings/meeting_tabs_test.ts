import assert from "node:assert/strict";
import { queryOf } from "./meeting_tabs.ts";

const NOW = new Date("2026-11-24T09:00:00Z");

Deno.test("upcoming, open and ended meetings are all there are, each once", () => {
  const at = NOW.toISOString();
  assert.deepEqual(queryOf("upcoming", NOW, undefined), { active: "true", from: at, limit: 100 });
  assert.deepEqual(queryOf("open", NOW, undefined), { active: "true", to: at });
  assert.deepEqual(queryOf("ended", NOW, undefined), { active: "false" });
});

Deno.test("one's own meetings are asked for by the owner", () => {
  assert.equal(queryOf("ended", NOW, "u").user_id, "u");
});

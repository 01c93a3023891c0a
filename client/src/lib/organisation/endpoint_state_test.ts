import assert from "node:assert/strict";
import { endpointState } from "./endpoint_state.ts";

const ACTIVE = { disabled: false, disabled_reason: null, failing_since: null };

Deno.test("an endpoint is active until a delivery fails", () => {
  assert.equal(endpointState(ACTIVE), "active");
  assert.equal(endpointState({ ...ACTIVE, failing_since: "2026-11-21T12:00:00Z" }), "failing");
});

Deno.test("a disabled endpoint says what disabled it", () => {
  const reasons = { owner: "disabled", gone: "gone", failing: "gave-up" } as const;
  for (const [disabled_reason, state] of Object.entries(reasons)) {
    const reason = disabled_reason as keyof typeof reasons;
    assert.equal(endpointState({ ...ACTIVE, disabled: true, disabled_reason: reason }), state);
  }
});

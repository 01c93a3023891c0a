import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { testSettings, TestTenure } from "../testing/test_tenure.ts";
import { MeetingState, MODERATED_SETTINGS_LIMIT_MS } from "./meeting_state.ts";

function open() {
  const clock = new ManualClock();
  const state = new MeetingState({
    meetingId: crypto.randomUUID(),
    tenure: new TestTenure(),
    clock,
    log: createLogger("test"),
    meetingField: () => ["meeting", new Uint8Array()],
    participantField: ({ id }) => [id, new Uint8Array()],
  });
  return { clock, state };
}

Deno.test("an assignment changes name, size and lock, and encryption only of an empty meeting", () => {
  const { state } = open();
  const assigned = testSettings({
    displayName: "Retro",
    maxParticipants: 5,
    locked: true,
    e2eEncryption: false,
  });
  state.configure(assigned, false);
  assert.deepEqual(state.settings(), { ...assigned, e2eEncryption: true });
  state.configure(assigned, true);
  assert.deepEqual(state.settings(), assigned);
});

Deno.test("an assignment that was under way does not undo what a moderator just changed", () => {
  const { clock, state } = open();
  state.changeSettings({ locked: true });
  clock.advance(MODERATED_SETTINGS_LIMIT_MS - 1);
  state.configure(testSettings({ displayName: "Retro" }), false);
  assert.deepEqual([state.settings().locked, state.settings().displayName], [true, "Retro"]);
  clock.advance(1);
  state.configure(testSettings(), false);
  assert.equal(state.settings().locked, false);
});

import assert from "node:assert/strict";
import type { PublishedStream } from "../../../core/meeting/meeting_state.ts";
import { ModeratorMutes } from "./moderator_mutes.ts";

const stream = (streamId: string, muted: boolean, mutedByModerator: boolean): PublishedStream => ({
  streamId,
  type: "audio",
  codec: "opus",
  muted,
  mutedByModerator,
});

Deno.test("a moderator's mute is told once, and known while it lasts", () => {
  const mutes = new ModeratorMutes();
  assert.deepEqual(mutes.follow([stream("a", false, false), stream("b", false, false)]), []);
  assert.deepEqual(mutes.follow([stream("a", true, true), stream("b", false, false)]), ["a"]);
  assert.deepEqual(mutes.follow([stream("a", true, true), stream("b", false, false)]), []);
  assert.equal(mutes.has("a"), true);
  assert.deepEqual(mutes.follow([stream("a", false, false)]), []);
  assert.equal(mutes.has("a"), false);
});

Deno.test("one that was lifted and comes again is told again", () => {
  const mutes = new ModeratorMutes();
  mutes.follow([stream("a", true, true)]);
  mutes.follow([stream("a", false, false)]);
  assert.deepEqual(mutes.follow([stream("a", true, true)]), ["a"]);
});

Deno.test("who muted themselves was not muted by a moderator", () => {
  const mutes = new ModeratorMutes();
  assert.deepEqual(mutes.follow([stream("a", true, false)]), []);
  assert.equal(mutes.has("a"), false);
});

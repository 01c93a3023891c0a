import assert from "node:assert/strict";
import {
  isEmoji,
  MAX_REACTIONS,
  MAX_REACTIONS_EACH,
  REACTION_SHOWN_MS,
  REACTIONS,
  type ShownReaction,
  stillShown,
  withReaction,
} from "./shown_reactions.ts";

const clap = (participantId: string) => ({ participantId, emoji: "👏" });

Deno.test("a reaction is shown for its time", () => {
  const shown = withReaction([], clap("bob"), 1_000);
  assert.equal(stillShown(shown, 999 + REACTION_SHOWN_MS).length, 1);
  assert.equal(stillShown(shown, 1_000 + REACTION_SHOWN_MS).length, 0);
});

Deno.test("what is offered are emojis, and nothing but one emoji is shown", () => {
  assert.deepEqual(REACTIONS.filter((emoji) => !isEmoji(emoji)), []);
  assert.equal(isEmoji("👩🏽‍🚀"), true);
  for (const text of ["", "a", "7", "👏👏", "👏 buy this", "<b>"]) {
    assert.deepEqual(withReaction([], { participantId: "bob", emoji: text }, 0), []);
  }
});

Deno.test("nobody fills the screen, neither alone nor together", () => {
  let shown: readonly ShownReaction[] = withReaction([], clap("cleo"), 0);
  for (let index = 0; index < 20; index++) shown = withReaction(shown, clap("bob"), 0);
  assert.equal(shown.length, 1 + MAX_REACTIONS_EACH);
  for (let index = 0; index < 100; index++) shown = withReaction(shown, clap(`p${index}`), 0);
  assert.equal(shown.length, MAX_REACTIONS);
  assert.equal(new Set(shown.map(({ key }) => key)).size, MAX_REACTIONS);
});

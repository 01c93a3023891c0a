import assert from "node:assert/strict";
import { PushToTalk } from "./push_to_talk.ts";

function setUp({ silent, heldSilent = false }: { silent: boolean; heldSilent?: boolean }) {
  const microphone = {
    silent,
    heldSilent,
    told: 0,
    toggleMicrophone() {
      this.silent = !this.silent;
      return Promise.resolve();
    },
    stillMuted() {
      this.told++;
    },
  };
  return { microphone, talk: new PushToTalk(microphone) };
}

Deno.test("who is muted is heard while the key is held, and no longer", async () => {
  const { microphone, talk } = setUp({ silent: true });
  await talk.press();
  assert.equal(microphone.silent, false);
  await talk.press();
  await talk.release();
  assert.equal(microphone.silent, true);
});

Deno.test("a moderator's mute is not lifted, and that is said", async () => {
  const { microphone, talk } = setUp({ silent: true, heldSilent: true });
  await talk.press();
  assert.equal(microphone.silent, true);
  assert.equal(microphone.told, 1);
});

Deno.test("who is muted by a moderator while talking stays muted", async () => {
  const { microphone, talk } = setUp({ silent: true });
  await talk.press();
  microphone.silent = true;
  microphone.heldSilent = true;
  await talk.release();
  assert.equal(microphone.silent, true);
});

Deno.test("who is heard anyway is not muted by letting go of the key", async () => {
  const { microphone, talk } = setUp({ silent: false });
  await talk.press();
  await talk.release();
  assert.equal(microphone.silent, false);
});

import assert from "node:assert/strict";
import { openRules, readRules, ruleProblems, writeRules } from "./entry_rules.ts";

const WORDS = { passcodeShort: "short", participantsInvalid: "invalid" };
const SETTINGS = {
  enable_e2e_encryption: false,
  require_auth: true,
  recording_enabled: false,
  lobby_enabled: true,
  default_grants: ["microphone"],
} as const;
const kept = readRules({ settings: SETTINGS, hasPasscode: true, maxParticipants: 12 });

Deno.test("rules survive the way from the API and back, and the passcode stays", () => {
  assert.deepEqual(writeRules(kept), {
    settings: {
      enable_e2e_encryption: false,
      require_auth: true,
      lobby_enabled: true,
      default_grants: ["microphone"],
    },
    max_participants: 12,
  });
});

Deno.test("a passcode is replaced or removed when that is wanted", () => {
  assert.equal(writeRules({ ...kept, passcode: "open sesame" }).passcode, "open sesame");
  assert.equal(writeRules({ ...kept, removePasscode: true }).passcode, null);
  assert.equal("passcode" in writeRules({ ...openRules(), removePasscode: true }), false);
});

Deno.test("a new meeting lets everybody send everything, encrypted", () => {
  assert.deepEqual(writeRules(openRules()), {
    settings: {
      enable_e2e_encryption: true,
      require_auth: false,
      lobby_enabled: false,
      default_grants: ["camera", "microphone", "screen", "chat"],
    },
  });
});

Deno.test("what the API would refuse is found before", () => {
  const none = { passcode: undefined, max_participants: undefined };
  assert.deepEqual(ruleProblems(openRules(), WORDS), none);
  assert.equal(ruleProblems({ ...kept, passcode: "123" }, WORDS).passcode, "short");
  for (const maxParticipants of ["0", "1.5", "10001", "many"]) {
    const problems = ruleProblems({ ...kept, maxParticipants }, WORDS);
    assert.equal(problems.max_participants, "invalid", maxParticipants);
  }
});

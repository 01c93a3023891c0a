import assert from "node:assert/strict";
import { ResumeSecrets } from "./resume_secret.ts";

Deno.test("the newest secret and the one shown for it are good, older ones are not", () => {
  const secrets = new ResumeSecrets();
  const first = secrets.issue();
  const second = secrets.issue(first);
  assert.deepEqual([secrets.accepts(first), secrets.accepts(second)], [true, true]);
  const third = secrets.issue(second);
  assert.deepEqual([first, second, third].map((it) => secrets.accepts(it)), [false, true, true]);
});

Deno.test("whoever resumes again with the older secret keeps that one and gets another", () => {
  const secrets = new ResumeSecrets();
  const first = secrets.issue();
  const lost = secrets.issue(first);
  const second = secrets.issue(first);
  assert.deepEqual([first, lost, second].map((it) => secrets.accepts(it)), [true, false, true]);
});

Deno.test("where no secret was issued none is good, and hashes bring back what was good", () => {
  const none = new ResumeSecrets();
  assert.equal(none.accepts(new Uint8Array(0)), false);
  assert.equal(none.accepts(new Uint8Array(32)), false);
  const secrets = new ResumeSecrets();
  const first = secrets.issue();
  const second = secrets.issue(first);
  const restored = new ResumeSecrets(secrets.newestHash, secrets.previousHash);
  assert.deepEqual([first, second].map((it) => restored.accepts(it)), [true, true]);
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "../eventually.ts";
import { holdNewMeeting } from "../new_meeting.ts";
import { startTemporaryStack } from "../temporary_stack.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const COMMAND = "services/global-controller/rotate_keys.ts";
/** Global controllers read the keys within five seconds, meeting controllers two after them. */
const KNOWN_EVERYWHERE_MS = 10_000;
const MEETING_MS = 20_000;

Deno.test("keys that the operator replaces while everything runs are known everywhere in seconds", async () => {
  // Looking every few milliseconds is more than a person may.
  await using running = await startTemporaryStack({ env: { DT_RATE_LIMIT_PER_MINUTE: "100000" } });
  const { stack } = running;
  const published = async (): Promise<string[]> => {
    const response = await fetch(`${stack.url}/.well-known/jwks.json`);
    return (await response.json()).keys.map(({ kid }: { kid: string }) => kid);
  };
  const rotate = async (...flags: string[]) => {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", COMMAND, ...flags],
      cwd: ROOT,
      env: { DATABASE_URL: stack.databaseUrl, DT_SIGNING_KEY: stack.secrets.signingKey },
      stdin: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  await holdNewMeeting(stack.url, MEETING_MS);
  const before = await published();
  assert.equal(before.length, 2);

  await rotate();
  await eventually(
    "the next keys are published beside those that sign",
    KNOWN_EVERYWHERE_MS,
    async () => {
      const now = await published();
      return now.length === 4 && before.every((kid) => now.includes(kid));
    },
  );
  await holdNewMeeting(stack.url, MEETING_MS);

  await rotate("--withdraw");
  await eventually("the keys so far are withdrawn", KNOWN_EVERYWHERE_MS, async () => {
    const now = await published();
    return now.length === 2 && !before.some((kid) => now.includes(kid));
  });
  await holdNewMeeting(stack.url, MEETING_MS);
});

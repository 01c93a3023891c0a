import assert from "node:assert/strict";
import { SERVICE_NAMES } from "../../stack/stack.ts";
import { holdNewMeeting } from "../new_meeting.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { WatchedMeeting } from "../watched_meeting.ts";

/** From the start of a crashed service until a new meeting works, milliseconds. */
const NEW_MEETING_LIMIT_MS = 10_000;
/** Longest time without a picture in a meeting that a crash does not concern, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;
/** Until the meetings of a media handler that crashed show pictures again, milliseconds. */
const MEDIA_RECOVERY_LIMIT_MS = 15_000;

Deno.test("any one service may crash, and new meetings work soon after its start", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;

  await t.step("pictures go on while there is no global controller, and after", async () => {
    await using meeting = await WatchedMeeting.start(stack.url);
    const mark = meeting.mark();
    await stack.killService("global-controller");
    await meeting.flows();
    await stack.startService("global-controller");
    await holdNewMeeting(stack.url, NEW_MEETING_LIMIT_MS);
    await meeting.flows();
    meeting.assertUndisturbed(mark, PAUSE_LIMIT_MS);
  });

  for (const name of SERVICE_NAMES) {
    await t.step(`a new meeting works within ten seconds of ${name}'s start`, async () => {
      await stack.killService(name);
      const startedAtMs = performance.now();
      await stack.startService(name);
      const leftMs = NEW_MEETING_LIMIT_MS - (performance.now() - startedAtMs);
      await holdNewMeeting(stack.url, leftMs);
    });
  }

  await t.step("a meeting outlives its media handler without anyone joining again", async () => {
    await using meeting = await WatchedMeeting.start(stack.url);
    await stack.killService("media-handler");
    await stack.startService("media-handler");
    await meeting.flows(MEDIA_RECOVERY_LIMIT_MS);
    for (const { states } of meeting.clients) {
      assert.ok(!states.some(({ phase }) => phase === "reconnecting" || phase === "failed"));
    }
  });
});

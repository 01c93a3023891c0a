import assert from "node:assert/strict";
import { AttendedMeeting } from "./attended_meeting.ts";
import { FailingStack } from "./failing_stack.ts";

/** From the end of a controller until everybody is back in the meeting, milliseconds. */
const BACK_LIMIT_MS = 5_000;
/** Longest time without a picture while signaling is lost, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;
/** How long an owner stands still: longer than its lease of 3 s, milliseconds. */
const STANDSTILL_MS = 4_500;
/** How long somebody who was stopped may take to understand that the meeting is another's. */
const STEP_DOWN_LIMIT_MS = 3_000;

Deno.test("a meeting outlives the death of its controller, and one that comes back late", async (t) => {
  await using failing = await FailingStack.start();
  await using meeting = await AttendedMeeting.start(failing);
  const { meetingId } = meeting;
  const bob = meeting.client("Bob");

  await t.step(
    "when it is killed, everybody is back as who they were, and media goes on",
    async () => {
      const owner = failing.ownerOf(meetingId);
      const [before, moment] = [meeting.rosterOf("Ada"), meeting.mark()];
      await failing.kill(owner);
      const backMs = await meeting.untilBack(moment, 2 * BACK_LIMIT_MS);
      assert.ok(backMs <= BACK_LIMIT_MS, `back after ${Math.round(backMs)} ms`);
      await meeting.untilAgreed("all rosters are equal", BACK_LIMIT_MS);
      assert.deepEqual(meeting.rosterOf("Ada"), before);
      assert.deepEqual(meeting.handsSeenBy("Ada"), ["Cid"]);
      await meeting.flows();
      assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
      assert.notDeepEqual(failing.ownerOf(meetingId), owner);
      await failing.start(owner);
      await failing.stack.service(owner.name, owner.region, owner.instance).said("registered");
    },
  );

  await t.step(
    "one that stood still past its lease acknowledges nothing and steps down",
    async () => {
      const owner = failing.ownerOf(meetingId);
      const moment = meeting.mark();
      failing.stop(owner);
      const unmuted = meeting.setOwnAudio("Bob", false);
      await meeting.untilBack(moment, STANDSTILL_MS + BACK_LIMIT_MS);
      await unmuted;
      const standsStillForMs = STANDSTILL_MS - (performance.now() - moment.atMs);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, standsStillForMs)));
      const lost = failing.lines.named("meeting lost", meetingId).length;
      failing.continue(owner);
      await bob.until("it steps down", () => {
        return failing.lines.named("meeting lost", meetingId).length > lost;
      }, STEP_DOWN_LIMIT_MS);
      await meeting.untilAgreed("all rosters are equal", BACK_LIMIT_MS, (roster) => {
        return !roster.Bob!.muted.includes("audio");
      });
      assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
    },
  );

  await meeting.assertInvariants();
});

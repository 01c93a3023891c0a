import assert from "node:assert/strict";
import { AttendedMeeting } from "./attended_meeting.ts";
import { FailingStack } from "./failing_stack.ts";

/** By how much the clock of one controller is ahead, milliseconds. */
const FAST_BY_MS = 60_000;
/** How long a meeting goes on without a global controller, milliseconds. */
const ALONE_MS = 3_000;
/** Longest time without a picture that counts as none, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;
/** How long a controller may take to hand its meeting over, milliseconds. */
const DRAIN_LIMIT_MS = 10_000;
/** How long a change may take to be seen, milliseconds. */
const SEEN_LIMIT_MS = 5_000;

Deno.test("nobody notices a global controller that dies, a drain, or a wrong clock", async (t) => {
  await using failing = await FailingStack.start({
    clockShiftMs: ({ name, instance }) =>
      name !== "meeting-controller" ? 0 : instance === 0 ? FAST_BY_MS : -FAST_BY_MS,
  });
  // The owner's clock is wrong, whichever it is: people got in all the same.
  await using meeting = await AttendedMeeting.start(failing);
  const { meetingId } = meeting;

  await t.step("what people write has the right time, by a controller a minute off", async () => {
    const owner = failing.ownerOf(meetingId);
    assert.ok(Math.abs(Date.now() - failing.timeSaidBy(owner)) > FAST_BY_MS / 2);
    await meeting.client("Ada").meeting.sendMessage("What time is it?");
    const bob = meeting.client("Bob");
    await bob.until("Bob reads it", () => bob.state.messages.length === 1, SEEN_LIMIT_MS);
    const offMs = Date.now() - bob.state.messages[0]!.sentAtMs;
    assert.ok(Math.abs(offMs) < SEEN_LIMIT_MS, `${offMs} ms off`);
  });

  await t.step("the global controller is killed and starts again", async () => {
    const moment = meeting.mark();
    await failing.kill({ name: "global-controller" });
    await meeting.muteAudio("Cid");
    await new Promise((resolve) => setTimeout(resolve, ALONE_MS));
    await failing.start({ name: "global-controller" });
    await meeting.flows();
    meeting.assertUnnoticed(moment);
    assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
  });

  await t.step("the controller of the meeting drains and ends", async () => {
    const owner = failing.ownerOf(meetingId);
    const [before, moment] = [meeting.rosterOf("Ada"), meeting.mark()];
    await failing.kill(owner, "SIGTERM");
    const tookMs = performance.now() - moment.atMs;
    assert.ok(tookMs <= DRAIN_LIMIT_MS, `ended after ${Math.round(tookMs)} ms`);
    assert.notDeepEqual(failing.ownerOf(meetingId), owner);
    await meeting.setOwnAudio("Cid", false);
    await meeting.untilAgreed("all rosters are equal", SEEN_LIMIT_MS);
    const cid = { ...before.Cid!, muted: [] };
    assert.deepEqual(meeting.rosterOf("Ada"), { ...before, Cid: cid });
    assert.deepEqual(meeting.handsSeenBy("Ada"), ["Cid"]);
    meeting.assertUnnoticed(moment);
    assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
  });

  await meeting.assertInvariants();
});

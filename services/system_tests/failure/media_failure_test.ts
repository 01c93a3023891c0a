import assert from "node:assert/strict";
import { CLEAR_NETWORK } from "../../stack/network/network_profile.ts";
import { parseNetworkProfile } from "../../stack/network/network_profile_text.ts";
import { AttendedMeeting } from "./attended_meeting.ts";
import { FailingStack } from "./failing_stack.ts";

/** From the end of a media handler until everybody gets pictures of everybody, milliseconds. */
const FLOWING_LIMIT_MS = 5_000;
/** How long packets are lost in one direction: less than sessions take to end, milliseconds. */
const SHORT_LOSS_MS = 2_000;
/** Longer than a session without a word lives, milliseconds. */
const LONG_LOSS_MS = 5_000;
/** From the end of the loss until everybody is back, milliseconds. */
const BACK_LIMIT_MS = 5_000;
/** Longest time without a picture while signaling is lost, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;

Deno.test("media goes on at another media handler, and without signaling", async (t) => {
  await using failing = await FailingStack.start({
    meetingControllers: 1,
    mediaHandlers: 2,
    network: "clear",
  });
  await using meeting = await AttendedMeeting.start(failing);
  const { signaling } = failing.stack.network;

  for (const direction of ["up", "down"] as const) {
    for (const lostForMs of [SHORT_LOSS_MS, LONG_LOSS_MS]) {
      await t.step(`nothing goes ${direction} to the controller for ${lostForMs} ms`, async () => {
        const [before, moment] = [meeting.rosterOf("Ada"), meeting.mark()];
        signaling.setProfile(parseNetworkProfile(`${direction} blackout`));
        await new Promise((resolve) => setTimeout(resolve, lostForMs));
        signaling.setProfile(CLEAR_NETWORK);
        await meeting.untilAgreed("everybody is back", BACK_LIMIT_MS, (roster) => {
          return Object.entries(roster).every(([name, { participantId }]) =>
            participantId === before[name]!.participantId
          );
        });
        assert.deepEqual(meeting.rosterOf("Ada"), before);
        assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
      });
    }
  }

  await t.step("its media handler is killed, and the other one takes everybody", async () => {
    const moment = meeting.mark();
    await failing.kill(failing.mediaHandlerOf(meeting.idOf("Ada")));
    await meeting.flows(FLOWING_LIMIT_MS);
    const tookMs = Math.round(performance.now() - moment.atMs);
    assert.ok(tookMs <= FLOWING_LIMIT_MS, `pictures flow after ${tookMs} ms`);
    console.log(`pictures flow ${tookMs} ms after the media handler's end`);
    assert.equal(failing.lines.named("media placed anew", meeting.meetingId).length, 1);
    for (const { client } of meeting.attendees) assert.equal(client.state.phase, "joined");
  });

  await meeting.assertInvariants();
});

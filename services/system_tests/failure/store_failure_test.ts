import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { meetingStateKey } from "../../../db/redis/meeting_state.ts";
import { eventually } from "../eventually.ts";
import { AttendedMeeting } from "./attended_meeting.ts";
import { FailingStack } from "./failing_stack.ts";

/** From the empty start of Redis until it has the meetings again, milliseconds. */
const REBUILT_LIMIT_MS = 10_000;
/** From the start of PostgreSQL until what people ask is acknowledged, milliseconds. */
const DATABASE_LIMIT_MS = 10_000;
/** From the end of a controller until everybody is back in the meeting, milliseconds. */
const BACK_LIMIT_MS = 5_000;
/** How many changes people make while PostgreSQL restarts. */
const CHANGES = 10;
/** Time between two of them, milliseconds. */
const CHANGE_INTERVAL_MS = 250;
/** Longest time without a picture while a store is away, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;

Deno.test("a meeting outlives its stores", async (t) => {
  await using failing = await FailingStack.start();
  await using meeting = await AttendedMeeting.start(failing);
  const { meetingId } = meeting;
  const ada = meeting.client("Ada");

  await t.step("Redis that comes back empty has the whole meeting again", async () => {
    const moment = meeting.mark();
    await failing.stores.restartRedis();
    const redis = new Redis(failing.stores.redisUrl);
    try {
      const key = meetingStateKey(meetingId);
      await eventually("Redis has the meeting", REBUILT_LIMIT_MS, async () => {
        return await redis.exists(key) === 1;
      });
    } finally {
      redis.disconnect();
    }
    meeting.assertUnnoticed(moment);
    assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
  });

  await t.step("so that the next controller finds everybody as who they were", async () => {
    const owner = failing.ownerOf(meetingId);
    const [before, moment] = [meeting.rosterOf("Ada"), meeting.mark()];
    await failing.kill(owner);
    const backMs = await meeting.untilBack(moment, 2 * BACK_LIMIT_MS);
    assert.ok(backMs <= BACK_LIMIT_MS, `back after ${Math.round(backMs)} ms`);
    await meeting.untilAgreed("all rosters are equal", BACK_LIMIT_MS);
    assert.deepEqual(meeting.rosterOf("Ada"), before);
    assert.deepEqual(meeting.handsSeenBy("Bob"), ["Cid"]);
    await failing.start(owner);
  });

  await t.step("what people did while PostgreSQL crashed is there, each once", async () => {
    const moment = meeting.mark();
    const restarted = failing.stores.restartPostgres();
    const changes: Promise<void>[] = [];
    for (let change = 0; change < CHANGES; change++) {
      changes.push(
        change % 2 === 0 ? meeting.muteAudio("Cid") : meeting.setOwnAudio("Cid", change % 4 === 1),
      );
      await new Promise((resolve) => setTimeout(resolve, CHANGE_INTERVAL_MS));
    }
    await restarted;
    const outcomes = await Promise.allSettled(changes);
    assert.ok(outcomes.some(({ status }) => status === "fulfilled"));
    await ada.until("moderators' actions are acknowledged again", async () => {
      await meeting.muteAudio("Cid");
      return true;
    }, DATABASE_LIMIT_MS);
    meeting.assertUnnoticed(moment);
    assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
  });

  await meeting.assertInvariants();
});

import assert from "node:assert/strict";
import { AttendedMeeting } from "./attended_meeting.ts";
import { FailingStack } from "./failing_stack.ts";

/** After so long without its store an owner acknowledges nothing; some more for the last answer. */
const UNSURE_AFTER_MS = 3_000;
/** How long a change is looked at that is not to be acknowledged, milliseconds. */
const REFUSED_FOR_MS = 1_000;
/** Until what people ask is acknowledged when it can be, milliseconds. */
const ACKNOWLEDGED_LIMIT_MS = 5_000;
/** Longest time without a picture meanwhile, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("a controller that is cut off keeps its people, and promises nothing", async (t) => {
  // Alone in its region: nobody else takes the meeting when its lease is over.
  await using failing = await FailingStack.start({ meetingControllers: 1 });
  await using meeting = await AttendedMeeting.start(failing);
  const { meetingId } = meeting;
  const owner = failing.ownerOf(meetingId);
  const paths = failing.pathsOf(owner);
  const owned = failing.lines.named("meeting owned", meetingId).length;

  for (const fault of ["cut", "blackhole"] as const) {
    await t.step(
      `from PostgreSQL, ${fault}: nobody knows whether it is still the owner`,
      async () => {
        const moment = meeting.mark();
        paths.postgres[fault]();
        await pause(UNSURE_AFTER_MS);
        let acknowledged = false;
        const muted = toggleAudio(meeting, "Cid").then(() => {
          acknowledged = true;
        });
        await pause(REFUSED_FOR_MS);
        assert.equal(acknowledged, false, "a change that only this controller knows");
        const healedAtMs = performance.now();
        paths.postgres.heal();
        await muted;
        assertWithin(ACKNOWLEDGED_LIMIT_MS, healedAtMs);
        meeting.assertUnnoticed(moment);
        assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
        const epochs = failing.lines.named("meeting owned", meetingId).length;
        assert.equal(epochs, owned, "it goes on with its epoch");
      },
    );

    await t.step(
      `from Redis, ${fault}: its memory is the truth, which Redis gets later`,
      async () => {
        const moment = meeting.mark();
        const replaced = () => failing.lines.named("meeting state replaced", meetingId).length;
        const before = replaced();
        paths.redis[fault]();
        const askedAtMs = performance.now();
        await toggleAudio(meeting, "Cid");
        assertWithin(ACKNOWLEDGED_LIMIT_MS, askedAtMs);
        await pause(UNSURE_AFTER_MS);
        assert.equal(replaced(), before);
        paths.redis.heal();
        await meeting.client("Ada").until("Redis has it all", () => replaced() > before);
        meeting.assertUnnoticed(moment);
        assert.ok(meeting.longestPauseMs(moment) <= PAUSE_LIMIT_MS, "media pauses");
      },
    );
  }

  await meeting.assertInvariants();
});

async function toggleAudio(meeting: AttendedMeeting, name: string): Promise<void> {
  const isMuted = meeting.rosterOf(name)[name]!.muted.includes("audio");
  await meeting.setOwnAudio(name, !isMuted);
}

function assertWithin(limitMs: number, sinceMs: number): void {
  const tookMs = Math.round(performance.now() - sinceMs);
  assert.ok(tookMs <= limitMs, `it took ${tookMs} ms`);
}

import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { AWAY_AFTER_MS } from "../presence/presence.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import { MIN_AWAY_LIMIT } from "./sessions.ts";

/** How many are in the meeting at a time: fewer than have room. */
const SEEN_AT_ONCE = 50;

Deno.test("when too many are away, who has been away for the longest time has to join anew", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const disappear = async (name: string) => {
    const person = await stage.joinAs(name);
    person.lose();
    await stage.settle();
    return person;
  };
  const first = await disappear("Anna");
  clock.advance(1_000);
  const second = await disappear("Ben");
  for (let more = 2; more < MIN_AWAY_LIMIT; more++) {
    // Until they are away they take room in the meeting.
    if (more % SEEN_AT_ONCE === 0) clock.advance(AWAY_AFTER_MS);
    await disappear(`Cleo ${more}`);
  }
  clock.advance(AWAY_AFTER_MS);
  await first.resume();
  first.lose();
  await stage.settle();
  await disappear("Dora");
  clock.advance(AWAY_AFTER_MS);
  const client = await stage.connect();
  assert.equal(await client.refused(await second.resumeRequest()), ErrorCode.NOT_FOUND);
  await first.resume();
});

import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { eventLoopTurn, ManualClock } from "../testing/manual_clock.ts";
import type { Meeting } from "./meeting.ts";
import { Refusal } from "./refusal.ts";
import {
  MAX_UNPROVEN_AT_ONCE,
  MAX_UNPROVEN_WAITING,
  UNKNOWN_LIFETIME_MS,
  UnprovenOpenings,
  VAIN_BURST,
  VAIN_PER_SECOND,
} from "./unproven_openings.ts";

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;
const MALLORY = "192.0.2.1";
const ANNA = "192.0.2.2";

/** Openings of meetings that exist or not, as the test says, each taking a while if it says so. */
function stage() {
  const clock = new ManualClock();
  const played = {
    opened: [] as string[],
    atOnce: 0,
    most: 0,
    exists: (_meetingId: string) => true,
    gate: Promise.resolve(),
  };
  const openings = new UnprovenOpenings({
    clock,
    open: async (meetingId) => {
      played.opened.push(meetingId);
      played.most = Math.max(played.most, ++played.atOnce);
      await played.gate;
      played.atOnce--;
      if (played.exists(meetingId)) return { meetingId } as Meeting;
      throw new Refusal(ErrorCode.NOT_FOUND, "no such meeting");
    },
  });
  return { clock, played, openings };
}

const isNotFound = refusedAs(ErrorCode.NOT_FOUND);
const isUnavailable = refusedAs(ErrorCode.UNAVAILABLE);

Deno.test("a thousand meetings that exist are all opened from one address, few at a time", async () => {
  const { played, openings } = stage();
  const opened = await Promise.all(
    Array.from({ length: 1_000 }, () => openings.open(crypto.randomUUID(), ANNA)),
  );
  assert.equal(opened.length, 1_000);
  assert.equal(played.most, MAX_UNPROVEN_AT_ONCE);
});

Deno.test("however many come for one meeting, it is opened once", async () => {
  const { played, openings } = stage();
  await Promise.all(Array.from({ length: 500 }, () => openings.open("meeting", ANNA)));
  assert.deepEqual(played.opened, ["meeting"]);
});

Deno.test("a meeting that does not exist is not looked for again in a while", async () => {
  const { clock, played, openings } = stage();
  played.exists = () => false;
  for (let i = 0; i < 10; i++) await assert.rejects(openings.open("none", MALLORY), isNotFound);
  assert.equal(played.opened.length, 1);
  clock.advance(UNKNOWN_LIFETIME_MS);
  await assert.rejects(openings.open("none", MALLORY), isNotFound);
  assert.equal(played.opened.length, 2);
});

Deno.test("an address that makes up meetings is slowed down, others are not", async () => {
  const { clock, played, openings } = stage();
  played.exists = (meetingId) => meetingId === "real";
  const makeUp = () => openings.open(crypto.randomUUID(), MALLORY);
  for (let i = 0; i < VAIN_BURST; i++) await assert.rejects(makeUp(), isNotFound);
  await assert.rejects(makeUp(), isUnavailable);
  assert.equal(played.opened.length, VAIN_BURST);
  assert.equal((await openings.open("real", ANNA)).meetingId, "real");
  clock.advance(1_000);
  for (let i = 0; i < VAIN_PER_SECOND; i++) await assert.rejects(makeUp(), isNotFound);
  await assert.rejects(makeUp(), isUnavailable);
});

Deno.test("whoever waits for too long, or with too many, is told to come again", async () => {
  const { clock, played, openings } = stage();
  const gate = Promise.withResolvers<void>();
  played.gate = gate.promise;
  const many = MAX_UNPROVEN_AT_ONCE + MAX_UNPROVEN_WAITING;
  const asked = Array.from({ length: many }, () => openings.open(crypto.randomUUID(), ANNA));
  const settled = Promise.allSettled(asked);
  await assert.rejects(openings.open(crypto.randomUUID(), ANNA), isUnavailable);
  clock.advance(60_000);
  await eventLoopTurn();
  gate.resolve();
  const outcomes = (await settled).map(({ status }) => status);
  const opened = outcomes.filter((status) => status === "fulfilled").length;
  assert.equal(opened, MAX_UNPROVEN_AT_ONCE);
  assert.equal((await openings.open("later", ANNA)).meetingId, "later");
});

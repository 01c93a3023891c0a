import assert from "node:assert/strict";
import { LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MeetingEvent } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MAX_WAITING_EVENTS, MeetingEventQueue } from "./meeting_event_queue.ts";

const occurrence = (participantId: string) =>
  ({
    meetingId: "m",
    participantId,
    participantName: "Anna",
    role: "participant",
    userId: "",
    userReference: "",
    occurredAt: 1,
    type: "left",
    reason: LeaveReason.CONNECTION_LOST,
  }) as const;

Deno.test("events arrive in order, and again until they were taken", async () => {
  const clock = new ManualClock();
  const taken: string[] = [];
  let failures = 2;
  const done = Promise.withResolvers<void>();
  await using queue = new MeetingEventQueue({
    clock,
    log: createLogger("test"),
    report: (events: MeetingEvent[]) => {
      if (failures-- > 0) return Promise.reject(new Error("away"));
      taken.push(...events.map(({ participantId }) => participantId));
      if (taken.length === 250) done.resolve();
      return Promise.resolve();
    },
  });
  for (let i = 0; i < 250; i++) queue.report(occurrence(String(i)));
  await clock.advanceUntil(done.promise);
  assert.deepEqual(taken, Array.from({ length: 250 }, (_, i) => String(i)));
});

Deno.test("when the other side is away for long, the oldest events are dropped", async () => {
  const clock = new ManualClock();
  const taken: string[] = [];
  let away = true;
  const done = Promise.withResolvers<void>();
  await using queue = new MeetingEventQueue({
    clock,
    log: createLogger("test"),
    report: (events: MeetingEvent[]) => {
      if (away) return Promise.reject(new Error("away"));
      taken.push(...events.map(({ participantId }) => participantId));
      if (taken.length === MAX_WAITING_EVENTS) done.resolve();
      return Promise.resolve();
    },
  });
  for (let i = 0; i < MAX_WAITING_EVENTS + 7; i++) queue.report(occurrence(String(i)));
  away = false;
  await clock.advanceUntil(done.promise);
  assert.deepEqual([taken[0], taken.length], ["7", MAX_WAITING_EVENTS]);
});

import { create } from "@bufbuild/protobuf";
import {
  type MeetingEvent,
  MeetingEventSchema,
  MeetingEventType,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import { type Clock, pause } from "../clock.ts";
import type { MeetingEvents, MeetingOccurrence } from "./meeting_events.ts";

/** Most events that wait for the global controller; the oldest are dropped beyond it. */
export const MAX_WAITING_EVENTS = 10_000;
/** Most events in one report. */
export const MAX_EVENTS_PER_REPORT = 100;
const RETRY_START_MS = 200;
const RETRY_LIMIT_MS = 5_000;

/**
 * Reports events in order, at least once, again and again until the other side took them. Bounded:
 * when the global controller is away for long, the oldest are dropped with a warning.
 */
export class MeetingEventQueue implements MeetingEvents, AsyncDisposable {
  readonly #waiting: MeetingEvent[] = [];
  readonly #ended = new AbortController();
  #dropped = 0;
  #reporting: Promise<void> | undefined;

  /** @param options.report rejects when the events have to be reported again. */
  constructor(
    private readonly options: {
      report: (events: MeetingEvent[]) => Promise<unknown>;
      clock: Clock;
      log: Logger;
      /** How long the end waits for events that are not yet reported, milliseconds. */
      lastReportLimitMs?: number;
    },
  ) {}

  report(occurrence: MeetingOccurrence): void {
    if (this.#waiting.length >= MAX_WAITING_EVENTS) {
      this.#waiting.shift();
      if (this.#dropped++ === 0) this.options.log.warn("meeting events dropped: queue full");
    }
    this.#waiting.push(encode(occurrence));
    this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const limit = new AbortController();
    const { clock, lastReportLimitMs = 1_000 } = this.options;
    await Promise.race([this.#reporting, pause(clock, lastReportLimitMs, limit.signal)]);
    limit.abort();
    this.#ended.abort();
  }

  #start(): void {
    this.#reporting ??= this.#reportAll().finally(() => {
      this.#reporting = undefined;
      if (this.#waiting.length > 0 && !this.#ended.signal.aborted) this.#start();
    });
  }

  async #reportAll(): Promise<void> {
    // Events of one turn of the event loop go together.
    await Promise.resolve();
    let waitMs = RETRY_START_MS;
    while (this.#waiting.length > 0 && !this.#ended.signal.aborted) {
      const batch = this.#waiting.slice(0, MAX_EVENTS_PER_REPORT);
      const droppedBefore = this.#dropped;
      try {
        await this.options.report(batch);
      } catch (error) {
        if (waitMs === RETRY_START_MS) this.options.log.warn("report of events failed", { error });
        await pause(this.options.clock, waitMs, this.#ended.signal);
        waitMs = Math.min(waitMs * 2, RETRY_LIMIT_MS);
        continue;
      }
      waitMs = RETRY_START_MS;
      // Some of the batch may have been dropped from the front while it was under way.
      const alreadyGone = this.#dropped - droppedBefore;
      this.#waiting.splice(0, Math.max(0, batch.length - alreadyGone));
      if (this.#dropped > 0) {
        this.options.log.warn("meeting events were dropped", { dropped: this.#dropped });
        this.#dropped = 0;
      }
    }
  }
}

function encode(occurrence: MeetingOccurrence): MeetingEvent {
  const { meetingId, participantId, participantName, occurredAt } = occurrence;
  const { role, userId, userReference } = occurrence;
  return create(MeetingEventSchema, {
    meetingId,
    participantId,
    participantName,
    role,
    userId,
    userReference,
    occurredAt: BigInt(Math.trunc(occurredAt)),
    epoch: occurrence.epoch,
    type: occurrence.type === "joined"
      ? MeetingEventType.PARTICIPANT_JOINED
      : MeetingEventType.PARTICIPANT_LEFT,
    leaveReason: occurrence.type === "left" ? occurrence.reason : undefined,
  });
}

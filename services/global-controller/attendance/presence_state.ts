import {
  type Departure,
  earliest,
  isLater,
  latest,
  type Moment,
  type ParticipantChange,
} from "../events/participant_change.ts";

/** What is known of when one participant was there. */
export interface PresenceState {
  /** The first arrival; null: only a departure was reported so far. */
  readonly joinedAt: Date | null;
  /** The latest arrival. */
  readonly arrival: Moment | null;
  /** Null: there. */
  readonly departure: Departure | null;
}

/**
 * What a report makes of `before`. It depends on the reports alone, not on their order:
 * - somebody is there if no departure is as late as the latest arrival;
 * - a loss that was concluded here yields to whatever a controller says later;
 * - nobody is back in a meeting that has ended, and who left before its end left then.
 */
export function stateAfterReport(
  before: PresenceState | undefined,
  change: Pick<ParticipantChange, "joinedAt" | "arrival" | "departure">,
): PresenceState {
  const known = before?.departure ?? null;
  const arrival = latest(before?.arrival ?? null, change.arrival);
  const joinedAt = earliest(before?.joinedAt ?? null, change.joinedAt);
  if (known?.reason === "meeting_ended") {
    const told = change.departure;
    return { joinedAt, arrival, departure: told !== null && told.at < known.at ? told : known };
  }
  const isConcluded = known?.reason === "controller_lost";
  const reported = latest(isConcluded ? null : known, change.departure);
  if (reported !== null && (arrival === null || !isLater(arrival, reported))) {
    return { joinedAt, arrival, departure: reported };
  }
  const isBack = change.arrival !== null &&
    (before?.arrival == null || isLater(change.arrival, before.arrival));
  return { joinedAt, arrival, departure: isConcluded && !isBack ? known : null };
}

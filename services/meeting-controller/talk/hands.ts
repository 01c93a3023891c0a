import type { MeetingContext } from "../meeting/meeting_context.ts";
import type { Participant } from "../participant/participant.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";

/**
 * Raised hands: each has a number, and the one that was raised first has the lowest. The numbers
 * are kept with the participants.
 */
export class Hands {
  #lastNumber = 0n;

  constructor(private readonly context: MeetingContext) {}

  /** The number of the hand that was raised last; 0: none was. */
  get lastNumber(): bigint {
    return this.#lastNumber;
  }

  restore({ meeting }: RestoredMeeting): void {
    this.#lastNumber = meeting.lastHandNumber;
  }

  /** Raises or lowers the participant's own hand. One that is up keeps its place. */
  set(participant: Participant, raised: boolean): void {
    if (!raised) return this.lower(participant);
    if (participant.handRaised !== 0n) return;
    participant.handRaised = ++this.#lastNumber;
    this.context.saveMeeting();
    this.context.announce(participant);
  }

  lower(participant: Participant): void {
    if (participant.handRaised === 0n) return;
    participant.handRaised = 0n;
    this.context.announce(participant);
  }

  /** Whose hands are up, the first one first. */
  raised(): Participant[] {
    return [...this.context.roster.participants()]
      .filter(({ handRaised }) => handRaised !== 0n)
      .sort((one, other) => (one.handRaised < other.handRaised ? -1 : 1));
  }
}

import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Participant } from "../participant/participant.ts";
import {
  type DeedToMeeting,
  type DeedToSomebody,
  objectionTo,
  objectionToMeetingDeed,
} from "./permissions.ts";

type Seen = Pick<MeetingContext, "roster">;

/** @throws {Refusal} NOT_FOUND. */
export function findParticipant({ roster }: Seen, participantId: string): Participant {
  const found = roster.find(participantId);
  if (found !== undefined) return found;
  throw new Refusal(ErrorCode.NOT_FOUND, "the participant is not in the meeting");
}

/**
 * The participant, to whom the actor may do this.
 *
 * @throws {Refusal} NOT_FOUND, FORBIDDEN.
 */
export function findSubject(
  context: Seen,
  actor: Participant,
  deed: DeedToSomebody,
  participantId: string,
): Participant {
  checkModerates(actor);
  const subject = findParticipant(context, participantId);
  refuse(objectionTo(actor.role, deed, { role: subject.role, isActor: subject.id === actor.id }));
  return subject;
}

/** @throws {Refusal} FORBIDDEN for who moderates nothing, whatever it is about. */
export function checkModerates({ isModerator }: Participant): void {
  if (!isModerator) refuse("only hosts and co-hosts moderate");
}

/** @throws {Refusal} FORBIDDEN. */
export function checkMeetingDeed(actor: Participant, deed: DeedToMeeting): void {
  refuse(objectionToMeetingDeed(actor.role, deed));
}

/** @throws {Refusal} FORBIDDEN when there is an objection. */
export function refuse(objection: string | undefined): void {
  if (objection !== undefined) throw new Refusal(ErrorCode.FORBIDDEN, objection);
}

/** Those of them who are in the meeting still or again, as they are now. */
export function stillHere({ roster }: Seen, before: readonly Participant[]): Participant[] {
  return before.flatMap(({ id }) => roster.find(id) ?? []);
}

/** Everyone but the actor. */
export function othersThan({ roster }: Seen, actor: Participant): Participant[] {
  return [...roster.participants()].filter(({ id }) => id !== actor.id);
}

/** Somebody as records name the subject of a deed. */
export function asSubject({ id, name }: Participant): { participantId: string; name: string } {
  return { participantId: id, name };
}

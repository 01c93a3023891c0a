import type { Role } from "../participant/participant.ts";

/** What a moderator does to somebody. */
export const DEEDS_TO_SOMEBODY = [
  "mute",
  "ask_to_unmute",
  "stop_stream",
  "lower_hand",
  "remove",
  "ban",
] as const;
export type DeedToSomebody = typeof DEEDS_TO_SOMEBODY[number];

/** What a moderator does to the meeting. */
export const DEEDS_TO_MEETING = [
  "mute_all",
  "lower_all_hands",
  "lock",
  "lobby",
  "decide_admission",
  "end_meeting",
] as const;
export type DeedToMeeting = typeof DEEDS_TO_MEETING[number];

/** Somebody to whom something is done. */
export interface Subject {
  readonly role: Role;
  /** It is the one who does it. */
  readonly isActor: boolean;
}

/** Done to oneself these mean nothing, or have a request of their own. */
const ONLY_TO_OTHERS: ReadonlySet<DeedToSomebody> = new Set(
  ["mute", "ask_to_unmute", "stop_stream", "remove", "ban"],
);

/**
 * Why somebody of that role may not do this to the subject: nobody moderates a host but a host.
 *
 * @returns undefined: it is allowed.
 */
export function objectionTo(
  actor: Role,
  deed: DeedToSomebody,
  subject: Subject,
): string | undefined {
  if (actor === "participant") return "only hosts and co-hosts moderate";
  if (subject.isActor) {
    return ONLY_TO_OTHERS.has(deed) ? "this is done to others only" : undefined;
  }
  if (subject.role === "host" && actor !== "host") return "only hosts moderate hosts";
  return undefined;
}

/**
 * Why somebody of that role may not do this to the meeting.
 *
 * @returns undefined: it is allowed.
 */
export function objectionToMeetingDeed(actor: Role, deed: DeedToMeeting): string | undefined {
  if (actor === "participant") return "only hosts and co-hosts moderate";
  if (deed === "end_meeting" && actor !== "host") return "only hosts end the meeting";
  return undefined;
}

/**
 * Why somebody of that role may not give the subject the role `given`. That some host remains is
 * for who knows the whole roster.
 *
 * @returns undefined: it is allowed.
 */
export function objectionToRole(actor: Role, subject: Subject, given: Role): string | undefined {
  if (actor === "participant") return "only hosts and co-hosts moderate";
  if (given === "host" && actor !== "host") return "only hosts make hosts";
  if (subject.role === "host" && actor !== "host") return "only hosts change the role of hosts";
  return undefined;
}

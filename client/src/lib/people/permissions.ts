import type { MeetingRole } from "../../../core/meeting/meeting_state.ts";
import type { Person } from "./roster.ts";

/** What a moderator may do about somebody. */
export type PersonAction =
  | "ask-to-unmute"
  | "mute-microphone"
  | "turn-camera-off"
  | "stop-share"
  | "lower-hand"
  | "make-host"
  | "make-co-host"
  | "make-participant"
  | "remove"
  | "ban";

/**
 * Whether who has the role `own` moderates who has the role `other`: hosts everyone, co-hosts
 * everyone but hosts. The controller has the last word, by the same table
 * (proto/vectors/moderation_permissions.json); this only spares people a refusal.
 */
export function mayModerate(own: MeetingRole, other: MeetingRole): boolean {
  return own === "host" || (own === "co-host" && other !== "host");
}

/** What there is to do about `person` for who has the role `own`, in the order of a menu. */
export function actionsFor(own: MeetingRole, person: Person): PersonAction[] {
  if (person.isSelf || !mayModerate(own, person.role)) return [];
  const actions: PersonAction[] = [];
  if (person.microphone === "on") actions.push("mute-microphone");
  else actions.push("ask-to-unmute");
  if (person.cameraOn) actions.push("turn-camera-off");
  if (person.shares.length > 0) actions.push("stop-share");
  if (person.handRaised > 0) actions.push("lower-hand");
  return [...actions, ...roleChanges(own, person.role), "remove", "ban"];
}

/** Whether who has this role may end the meeting for everyone. */
export function mayEndForAll(own: MeetingRole): boolean {
  return own === "host";
}

function roleChanges(own: MeetingRole, other: MeetingRole): PersonAction[] {
  const all = ["make-host", "make-co-host", "make-participant"] as const;
  return all.filter((action) => {
    if (action === "make-host" && own !== "host") return false;
    return action !== `make-${other}`;
  });
}

import type { Visitor } from "../lobby/lobby.ts";
import type { Prepared } from "../meeting/admission.ts";
import type { Meeting } from "../meeting/meeting.ts";
import type { CloseCode } from "../participant/close_code.ts";
import type { Identity, Participant, ParticipantConnection } from "../participant/participant.ts";

/** How long a session may stay prepared, or admitted from the lobby, without joining, milliseconds. */
export const PREPARED_SESSION_LIFETIME_MS = 10 * 60 * 1000;

/** Where a signaling session stands; each state holds what belongs to it and nothing else. */
export type SessionState =
  | { readonly phase: "unauthenticated" }
  /** Its token was good, and it has to knock before it gets in. */
  | { readonly phase: "outside"; readonly meetingId: string; readonly identity: Identity }
  /** In the lobby. */
  | { readonly phase: "waiting"; readonly meeting: Meeting; readonly visitor: Visitor }
  /** A moderator let it in from the lobby. */
  | { readonly phase: "admitted"; readonly meetingId: string; readonly identity: Identity }
  | { readonly phase: "prepared"; readonly meeting: Meeting; readonly prepared: Prepared }
  | { readonly phase: "joined"; readonly meeting: Meeting; readonly participant: Participant }
  | { readonly phase: "ended"; readonly closeCode: CloseCode };

const FOLLOWERS: Readonly<Record<SessionState["phase"], readonly SessionState["phase"][]>> = {
  unauthenticated: ["outside", "waiting", "prepared", "joined", "ended"],
  outside: ["waiting", "prepared", "ended"],
  waiting: ["admitted", "ended"],
  admitted: ["prepared", "ended"],
  prepared: ["joined", "ended"],
  joined: ["ended"],
  ended: [],
};

/**
 * The state after `from`.
 *
 * @throws {TypeError} when `to` cannot follow: a fault of ours, never of a peer.
 */
export function transition(from: SessionState, to: SessionState): SessionState {
  if (!FOLLOWERS[from.phase].includes(to.phase)) {
    throw new TypeError(`a session that is ${from.phase} cannot become ${to.phase}`);
  }
  return to;
}

/** The session over `connection`, which was in that state, ended with `code`: its meeting lets go. */
export function letGo(
  state: SessionState,
  connection: ParticipantConnection,
  code: CloseCode,
): void {
  switch (state.phase) {
    case "waiting":
      state.meeting.lobby.withdraw(state.visitor);
      return;
    case "prepared":
      return state.meeting.entrance.withdraw(state.prepared);
    case "joined":
      return state.meeting.closed(state.participant, connection, code);
    default:
      return;
  }
}

/** Whose session it is, and in which meeting, as far as it is known. */
export function identityOf(
  state: SessionState,
): { readonly meetingId?: string; readonly participantId?: string } {
  switch (state.phase) {
    case "unauthenticated":
    case "ended":
      return {};
    case "outside":
    case "admitted":
      return { meetingId: state.meetingId, participantId: state.identity.participantId };
    case "waiting":
      return {
        meetingId: state.meeting.meetingId,
        participantId: state.visitor.identity.participantId,
      };
    case "prepared":
      return {
        meetingId: state.meeting.meetingId,
        participantId: state.prepared.identity.participantId,
      };
    case "joined":
      return { meetingId: state.meeting.meetingId, participantId: state.participant.id };
  }
}

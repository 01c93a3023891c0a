import type { Meeting } from "../meeting/meeting.ts";
import type { Prepared } from "../meeting/admission.ts";
import type { CloseCode } from "../participant/close_code.ts";
import type { Participant } from "../participant/participant.ts";

/** How long a session may stay prepared before it joins, milliseconds. */
export const PREPARED_SESSION_LIFETIME_MS = 10 * 60 * 1000;

/** Where a signaling session stands; each state holds what belongs to it and nothing else. */
export type SessionState =
  | { readonly phase: "unauthenticated" }
  | { readonly phase: "prepared"; readonly meeting: Meeting; readonly prepared: Prepared }
  | { readonly phase: "joined"; readonly meeting: Meeting; readonly participant: Participant }
  | { readonly phase: "ended"; readonly closeCode: CloseCode };

const FOLLOWERS: Readonly<Record<SessionState["phase"], readonly SessionState["phase"][]>> = {
  unauthenticated: ["prepared", "ended"],
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

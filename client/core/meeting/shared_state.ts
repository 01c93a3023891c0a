import type {
  JoinResponse,
  Knock as WireKnock,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import type { Knock, MeetingState } from "./meeting_state.ts";
import { meetingRole, reduceRoster, rosterOf } from "./roster.ts";

/** What the controller says of the people in a meeting, oneself among them, and of its settings. */
export type SharedState = Pick<
  MeetingState,
  "participants" | "role" | "handRaised" | "locked" | "lobbyEnabled" | "knocks"
>;

/** Before anything was said. */
export const INITIAL_SHARED_STATE: SharedState = {
  participants: [],
  role: "participant",
  handRaised: 0,
  locked: false,
  lobbyEnabled: false,
  knocks: [],
};

/** The meeting as the answer to a join or a resume describes it. */
export function sharedStateOf(response: JoinResponse): SharedState {
  const { existingParticipants, self, meeting, knocks } = response;
  return {
    participants: rosterOf(existingParticipants),
    ...(self === undefined ? { role: "participant", handRaised: 0 } as const : {
      role: meetingRole(self.role),
      handRaised: Number(self.handRaised),
    }),
    locked: meeting?.locked ?? false,
    lobbyEnabled: meeting?.lobbyEnabled ?? false,
    knocks: knocks.map(knockOf),
  };
}

/**
 * The meeting after `event`, for whoever is `selfId`. The same object when nothing changes; what
 * does not change stays the same objects.
 */
export function reduceSharedState(
  state: SharedState,
  event: SignalingEvent,
  selfId: string,
): SharedState {
  switch (event.case) {
    case "meetingUpdated": {
      const { locked, lobbyEnabled } = event.value;
      return { ...state, locked, lobbyEnabled };
    }
    case "lobbyUpdated":
      return { ...state, knocks: event.value.knocks.map(knockOf) };
    case "participantUpdated": {
      if (event.value.participantId !== selfId) break;
      const role = meetingRole(event.value.role);
      // Who does not moderate is not told who waits.
      const knocks = role === "participant" ? [] : state.knocks;
      return { ...state, role, handRaised: Number(event.value.handRaised), knocks };
    }
    case "participantJoined":
      if (event.value.participant?.participantId === selfId) return state;
      break;
    default:
  }
  const participants = reduceRoster(state.participants, event);
  return participants === state.participants ? state : { ...state, participants };
}

function knockOf({ participantId, name, since, signedIn }: WireKnock): Knock {
  return { participantId, name, sinceMs: Number(since), signedIn };
}

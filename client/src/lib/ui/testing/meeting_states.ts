import {
  INITIAL_MEETING_STATE,
  type MeetingState,
  type RemoteParticipant,
  type RemoteStream,
  type StreamType,
} from "../../../../core/meeting/meeting_state.ts";

/** A meeting that oneself has joined as `me`, and how it differs from a quiet one. */
export function meeting(part: Partial<MeetingState>): MeetingState {
  return {
    ...INITIAL_MEETING_STATE,
    phase: "joined",
    media: "connected",
    participantId: "me",
    ...part,
  };
}

/** Somebody else, with nothing on; the id is the name in lower case. */
export function participant(
  name: string,
  part: Partial<RemoteParticipant> = {},
): RemoteParticipant {
  return {
    id: name.toLowerCase(),
    name,
    joinedAtMs: 0,
    streams: [],
    role: "participant",
    connection: "connected",
    handRaised: 0,
    signedIn: false,
    ...part,
  };
}

/** A stream that is sent. */
export function stream(streamId: string, type: StreamType): RemoteStream {
  return {
    streamId,
    type,
    codec: "",
    muted: false,
    mutedByModerator: false,
    label: "",
    maxBitrateBps: 0,
  };
}

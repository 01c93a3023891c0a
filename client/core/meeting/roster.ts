import {
  ConnectionState,
  type MediaStream,
  type Participant,
  Role,
  StreamType as WireStreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import type {
  MeetingRole,
  ParticipantConnection,
  RemoteParticipant,
  RemoteStream,
  StreamType,
} from "./meeting_state.ts";

/** The others in a meeting, in the order they joined. */
export type Roster = readonly RemoteParticipant[];

const STREAM_TYPES: Readonly<Record<WireStreamType, StreamType>> = {
  [WireStreamType.AUDIO]: "audio",
  [WireStreamType.VIDEO_CAMERA]: "camera",
  [WireStreamType.VIDEO_SCREEN]: "screen",
  [WireStreamType.AUDIO_SCREEN]: "screen-audio",
};

const ROLES: Readonly<Record<Role, MeetingRole>> = {
  [Role.PARTICIPANT]: "participant",
  [Role.CO_HOST]: "co-host",
  [Role.HOST]: "host",
};

const CONNECTIONS: Readonly<Record<ConnectionState, ParticipantConnection>> = {
  [ConnectionState.CONNECTING]: "connecting",
  [ConnectionState.CONNECTED]: "connected",
  [ConnectionState.WITHOUT_MEDIA]: "without-media",
  [ConnectionState.RECONNECTING]: "reconnecting",
};

/** The role that the wire names; of one that a later version knows, nothing is assumed. */
export function meetingRole(role: Role): MeetingRole {
  return ROLES[role] ?? "participant";
}

/** The stream type that the wire names; undefined for one that a later version knows. */
export function streamTypeOf(type: WireStreamType): StreamType | undefined {
  return STREAM_TYPES[type];
}

/** The stream type's name on the wire. */
export function wireStreamType(type: StreamType): WireStreamType {
  switch (type) {
    case "audio":
      return WireStreamType.AUDIO;
    case "camera":
      return WireStreamType.VIDEO_CAMERA;
    case "screen":
      return WireStreamType.VIDEO_SCREEN;
    case "screen-audio":
      return WireStreamType.AUDIO_SCREEN;
  }
}

/** The roster that a join response describes. */
export function rosterOf(participants: readonly Participant[]): Roster {
  return participants.map(remoteParticipant);
}

/**
 * The roster after `event`. Participants and streams that the event does not concern stay the same
 * objects, and so does the roster when nothing changes (such as an event that names somebody
 * unknown, or one that arrives twice).
 */
export function reduceRoster(roster: Roster, event: SignalingEvent): Roster {
  switch (event.case) {
    case "participantJoined": {
      const { participant } = event.value;
      if (participant === undefined) return roster;
      const joined = remoteParticipant(participant);
      return [...roster.filter(({ id }) => id !== joined.id), joined];
    }
    case "participantLeft": {
      const { participantId } = event.value;
      const remaining = roster.filter(({ id }) => id !== participantId);
      return remaining.length === roster.length ? roster : remaining;
    }
    case "participantUpdated": {
      const { participantId, role, connection, handRaised } = event.value;
      return updateParticipant(roster, participantId, {
        role: meetingRole(role),
        connection: CONNECTIONS[connection] ?? "connected",
        handRaised: Number(handRaised),
      });
    }
    case "streamPublished":
    case "streamUpdated": {
      const { participantId, stream } = event.value;
      if (stream === undefined) return roster;
      return updateStreams(roster, participantId, (streams) => replaceStream(streams, stream));
    }
    case "streamUnpublished": {
      const { participantId, streamId } = event.value;
      return updateStreams(roster, participantId, (streams) => {
        const remaining = streams.filter((stream) => stream.streamId !== streamId);
        return remaining.length === streams.length ? streams : remaining;
      });
    }
    default:
      return roster;
  }
}

function updateParticipant(
  roster: Roster,
  participantId: string,
  change: Pick<RemoteParticipant, "role" | "connection" | "handRaised">,
): Roster {
  const index = roster.findIndex(({ id }) => id === participantId);
  const known = roster[index];
  if (known === undefined) return roster;
  const same = known.role === change.role && known.connection === change.connection &&
    known.handRaised === change.handRaised;
  return same ? roster : roster.with(index, { ...known, ...change });
}

function updateStreams(
  roster: Roster,
  participantId: string,
  update: (streams: readonly RemoteStream[]) => readonly RemoteStream[],
): Roster {
  const index = roster.findIndex(({ id }) => id === participantId);
  const participant = roster[index];
  if (participant === undefined) return roster;
  const streams = update(participant.streams);
  if (streams === participant.streams) return roster;
  return roster.with(index, { ...participant, streams });
}

function replaceStream(
  streams: readonly RemoteStream[],
  changed: MediaStream,
): readonly RemoteStream[] {
  const stream = remoteStream(changed);
  const index = streams.findIndex(({ streamId }) => streamId === stream.streamId);
  return index < 0 ? [...streams, stream] : streams.with(index, stream);
}

function remoteParticipant(participant: Participant): RemoteParticipant {
  return {
    id: participant.participantId,
    name: participant.name,
    joinedAtMs: Number(participant.joinedAt),
    streams: participant.streams.map(remoteStream),
    role: meetingRole(participant.role),
    connection: CONNECTIONS[participant.connection] ?? "connected",
    handRaised: Number(participant.handRaised),
    signedIn: participant.signedIn,
  };
}

function remoteStream(stream: MediaStream): RemoteStream {
  const { streamId, streamType, metadata, muted, mutedByModerator } = stream;
  const { video } = metadata ?? {};
  return {
    streamId,
    type: STREAM_TYPES[streamType] ?? "camera",
    codec: metadata?.codec ?? "",
    muted,
    mutedByModerator,
    label: metadata?.label ?? "",
    maxBitrateBps: metadata?.maxBitrate ?? 0,
    ...(video &&
      { video: { width: video.width, height: video.height, framerate: video.framerate } }),
  };
}

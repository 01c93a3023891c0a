import type { MeetingState, RemoteParticipant } from "../../../core/meeting/meeting_state.ts";

/** A person's tile: themselves, seen through their camera or as initials. */
export interface PersonTile {
  readonly kind: "person";
  readonly key: string;
  readonly participantId: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly muted: boolean;
  /** The camera stream to show; absent while the camera is off. Never set for the own tile. */
  readonly videoStreamId?: string;
}

/** A tile that shows one more camera of a person. */
export interface CameraTile {
  readonly kind: "camera";
  readonly key: string;
  readonly participantId: string;
  readonly name: string;
  /** The camera's own name. */
  readonly label: string;
  readonly isSelf: boolean;
  readonly streamId: string;
}

/** A tile that shows a shared screen. */
export interface ShareTile {
  readonly kind: "share";
  readonly key: string;
  readonly participantId: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly streamId: string;
}

export type MeetingTile = PersonTile | CameraTile | ShareTile;

/** All tiles of a meeting. */
export interface MeetingTiles {
  readonly people: readonly PersonTile[];
  /** Cameras besides the first of each person. */
  readonly cameras: readonly CameraTile[];
  readonly shares: readonly ShareTile[];
}

/** What this person contributes, known without asking the meeting. */
export interface SelfView {
  readonly name: string;
  readonly muted: boolean;
  /** The own cameras besides the first. */
  readonly cameras: readonly { readonly streamId: string; readonly label: string }[];
  /** Stream ids of the own screen shares. */
  readonly shares: readonly string[];
}

/** The tile key of the own picture, also before the meeting has given an identity. */
const SELF = "self";

/**
 * What there is to see: one tile per person, the others first in the order in which they came and
 * the own one last, one per further camera, and one per shared screen.
 */
export function tilesOf(
  state: MeetingState | undefined,
  self: SelfView,
): MeetingTiles {
  const others = state?.participants ?? [];
  const selfId = state?.participantId ?? SELF;
  const own: PersonTile = {
    kind: "person",
    key: SELF,
    participantId: selfId,
    name: self.name,
    isSelf: true,
    muted: self.muted,
  };
  const ownShares = self.shares.map((streamId): ShareTile => ({
    kind: "share",
    key: streamId,
    participantId: selfId,
    name: self.name,
    isSelf: true,
    streamId,
  }));
  const ownCameras = self.cameras.map((camera): CameraTile => ({
    kind: "camera",
    key: camera.streamId,
    participantId: selfId,
    name: self.name,
    isSelf: true,
    ...camera,
  }));
  return {
    people: [...others.map(personTile), own],
    cameras: [...others.flatMap(cameraTiles), ...ownCameras],
    shares: [...others.flatMap(shareTiles), ...ownShares],
  };
}

/** Everybody, each followed by their further cameras. */
export function faces({ people, cameras }: MeetingTiles): MeetingTile[] {
  return people.flatMap((person) => [
    person,
    ...cameras.filter(({ participantId }) => participantId === person.participantId),
  ]);
}

function personTile(participant: RemoteParticipant): PersonTile {
  const audio = participant.streams.filter((stream) => stream.type === "audio");
  const [camera] = participant.streams.filter((stream) => stream.type === "camera");
  return {
    kind: "person",
    key: participant.id,
    participantId: participant.id,
    name: participant.name,
    isSelf: false,
    muted: audio.every((stream) => stream.muted),
    videoStreamId: camera?.muted ? undefined : camera?.streamId,
  };
}

function cameraTiles(participant: RemoteParticipant): CameraTile[] {
  return participant.streams
    .filter((stream) => stream.type === "camera")
    .slice(1)
    .filter((stream) => !stream.muted)
    .map(({ streamId, label }) => ({
      kind: "camera",
      key: streamId,
      participantId: participant.id,
      name: participant.name,
      label,
      isSelf: false,
      streamId,
    }));
}

function shareTiles(participant: RemoteParticipant): ShareTile[] {
  return participant.streams
    .filter((stream) => stream.type === "screen" && !stream.muted)
    .map(({ streamId }) => ({
      kind: "share",
      key: streamId,
      participantId: participant.id,
      name: participant.name,
      isSelf: false,
      streamId,
    }));
}

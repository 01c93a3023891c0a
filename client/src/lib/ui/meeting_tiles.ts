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

/** A tile that shows a shared screen. */
export interface ShareTile {
  readonly kind: "share";
  readonly key: string;
  readonly participantId: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly streamId: string;
}

export type MeetingTile = PersonTile | ShareTile;

/** What this person contributes, known without asking the meeting. */
export interface SelfView {
  readonly name: string;
  readonly muted: boolean;
  /** Stream ids of the own screen shares. */
  readonly shares: readonly string[];
}

/** The tile key of the own picture, also before the meeting has given an identity. */
const SELF = "self";

/**
 * What there is to see: one tile per person, the others first in the order in which they came and
 * the own one last, and one per shared screen.
 */
export function tilesOf(
  state: MeetingState | undefined,
  self: SelfView,
): { people: PersonTile[]; shares: ShareTile[] } {
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
  return {
    people: [...others.map(personTile), own],
    shares: [...others.flatMap(shareTiles), ...ownShares],
  };
}

/** People who came and went between two snapshots. */
export function changesBetween(
  before: MeetingState | undefined,
  after: MeetingState,
): { joined: string[]; left: string[] } {
  const idsBefore = new Set(before?.participants.map((participant) => participant.id));
  const idsAfter = new Set(after.participants.map((participant) => participant.id));
  return {
    joined: after.participants.filter(({ id }) => !idsBefore.has(id)).map(({ name }) => name),
    left: before?.participants.filter(({ id }) => !idsAfter.has(id)).map(({ name }) => name) ?? [],
  };
}

function personTile(participant: RemoteParticipant): PersonTile {
  const audio = participant.streams.filter((stream) => stream.type === "audio");
  const camera = participant.streams.find((stream) => stream.type === "camera" && !stream.muted);
  return {
    kind: "person",
    key: participant.id,
    participantId: participant.id,
    name: participant.name,
    isSelf: false,
    muted: audio.every((stream) => stream.muted),
    videoStreamId: camera?.streamId,
  };
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

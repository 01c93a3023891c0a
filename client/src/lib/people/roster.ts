import {
  isModerator,
  type MeetingRole,
  type MeetingState,
  type ParticipantConnection,
  type RemoteParticipant,
} from "../../../core/meeting/meeting_state.ts";

/** How somebody's microphone stands. */
export type MicrophoneState = "on" | "muted" | "muted-by-moderator" | "none";

/** Somebody in the meeting, oneself included, as the list of people shows them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly role: MeetingRole;
  readonly connection: ParticipantConnection;
  /** 0: down; else hands are in the order of these numbers. */
  readonly handRaised: number;
  readonly signedIn: boolean;
  readonly microphone: MicrophoneState;
  readonly cameraOn: boolean;
  /** Stream ids of the shared screens. */
  readonly shares: readonly string[];
}

/** What is known of oneself without asking the meeting. */
export interface SelfInMeeting {
  readonly name: string;
  readonly silent: boolean;
  readonly visible: boolean;
  readonly sharing: readonly string[];
}

/** From this many people on, finding one by eye is slow. */
export const SEARCHABLE_FROM = 21;

/** Everybody: oneself, then who moderates, then the others in the order in which they came. */
export function peopleOf(state: MeetingState | undefined, self: SelfInMeeting): Person[] {
  if (state === undefined) return [];
  const others = state.participants.map(personOf);
  return [
    selfOf(state, self),
    ...others.filter(({ role }) => isModerator(role)),
    ...others.filter(({ role }) => !isModerator(role)),
  ];
}

/** Those whose hand is up, the first one first. */
export function handQueue(people: readonly Person[]): Person[] {
  return people.filter(({ handRaised }) => handRaised > 0)
    .toSorted((a, b) => a.handRaised - b.handRaised);
}

/** Those whose name has each word of `query`, whatever its case and accents. */
export function peopleNamed(people: readonly Person[], query: string): readonly Person[] {
  const words = plain(query).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return people;
  return people.filter(({ name }) => {
    const plainName = plain(name);
    return words.every((word) => plainName.includes(word));
  });
}

function plain(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{Mark}/gu, "").toLowerCase();
}

function selfOf(state: MeetingState, self: SelfInMeeting): Person {
  const held = state.localStreams.some((stream) =>
    stream.type === "audio" && stream.muted && stream.mutedByModerator
  );
  return {
    id: state.participantId ?? "self",
    name: self.name,
    isSelf: true,
    role: state.role,
    connection: ownConnection(state),
    handRaised: state.handRaised,
    signedIn: false,
    microphone: held ? "muted-by-moderator" : self.silent ? "muted" : "on",
    cameraOn: self.visible,
    shares: self.sharing,
  };
}

function ownConnection({ phase, media }: MeetingState): ParticipantConnection {
  if (phase === "reconnecting") return "reconnecting";
  return media === "connected" ? "connected" : "connecting";
}

function personOf(participant: RemoteParticipant): Person {
  const { id, name, role, connection, handRaised, signedIn, streams } = participant;
  return {
    id,
    name,
    isSelf: false,
    role,
    connection,
    handRaised,
    signedIn,
    microphone: microphoneOf(participant),
    cameraOn: streams.some(({ type, muted }) => type === "camera" && !muted),
    shares: streams.filter(({ type }) => type === "screen").map(({ streamId }) => streamId),
  };
}

/** How the microphone of somebody else stands. */
export function microphoneOf({ streams }: Pick<RemoteParticipant, "streams">): MicrophoneState {
  const audio = streams.filter(({ type }) => type === "audio");
  if (audio.length === 0) return "none";
  if (audio.some(({ muted }) => !muted)) return "on";
  return audio.some(({ mutedByModerator }) => mutedByModerator) ? "muted-by-moderator" : "muted";
}

/** What a stream carries. */
export type StreamType = "audio" | "camera" | "screen" | "screen-audio";

/** True for the types whose frames are pictures. */
export function isVideo(type: StreamType): boolean {
  return type === "camera" || type === "screen";
}

/** What somebody may do in a meeting; the wire calls them by the same names. */
export type MeetingRole = "host" | "co-host" | "participant";

/** True for the roles that moderate. */
export function isModerator(role: MeetingRole): boolean {
  return role !== "participant";
}

/**
 * What of a participant is connected, as the servers see it:
 * - `connecting`: joined a moment ago; media is on its way.
 * - `connected`
 * - `without-media`: in the meeting, but not connected to the media handler.
 * - `reconnecting`: the signaling session is lost; may be back any moment.
 */
export type ParticipantConnection = "connecting" | "connected" | "without-media" | "reconnecting";

/** Somebody who waits in the lobby. */
export interface Knock {
  readonly participantId: string;
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Has an account; else a guest who may call itself anything. */
  readonly signedIn: boolean;
}

/** A chat message, readable. */
export interface ChatMessage {
  readonly messageId: string;
  readonly senderId: string;
  readonly senderName: string;
  /** Undefined: to everyone. */
  readonly recipientId: string | undefined;
  readonly text: string;
  /** Milliseconds since the Unix epoch, by the controller's clock. */
  readonly sentAtMs: number;
  /** Sent by oneself. */
  readonly own: boolean;
}

/** A poll as this participant sees it. */
export interface Poll {
  readonly pollId: string;
  /** Who opened it. */
  readonly senderId: string;
  readonly question: string;
  readonly options: readonly string[];
  /** Votes for each option. */
  readonly votes: readonly number[];
  /** The option that oneself voted for. */
  readonly ownVote: number | undefined;
  readonly closed: boolean;
}

/** A stream that another participant publishes. */
export interface RemoteStream {
  readonly streamId: string;
  readonly type: StreamType;
  /** WebCodecs codec string. */
  readonly codec: string;
  readonly muted: boolean;
  /** Muted by a moderator: its owner has to unmute it. */
  readonly mutedByModerator: boolean;
  /** A name for people, such as that of the camera; may be empty. */
  readonly label: string;
  readonly maxBitrateBps: number;
  readonly video?: { readonly width: number; readonly height: number; readonly framerate: number };
}

/** Someone else in the meeting. */
export interface RemoteParticipant {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly joinedAtMs: number;
  readonly streams: readonly RemoteStream[];
  readonly role: MeetingRole;
  readonly connection: ParticipantConnection;
  /** 0: down; else hands are in the order of these numbers. */
  readonly handRaised: number;
  /** Has an account; else a guest. */
  readonly signedIn: boolean;
}

/** A stream of one's own, as the others see it. */
export interface PublishedStream {
  /** The id the application chose; it stays the same through a reconnect. */
  readonly streamId: string;
  readonly type: StreamType;
  readonly codec: string;
  readonly muted: boolean;
  /** Muted by a moderator: unmuting it lifts that. */
  readonly mutedByModerator: boolean;
}

/**
 * Where a meeting stands:
 * - `idle`: nothing connected.
 * - `preparing`, `prepared`: connected to both servers, invisible to the others.
 * - `waiting`: in the lobby, until a host or co-host decides.
 * - `joining`, `joined`: in the meeting.
 * - `reconnecting`: was in the meeting, lost the controller, comes back; media goes on.
 * - `left`: left on request.
 * - `failed`: ended for another reason, see `error`. `join` may be tried again.
 */
export type MeetingPhase =
  | "idle"
  | "preparing"
  | "prepared"
  | "waiting"
  | "joining"
  | "joined"
  | "reconnecting"
  | "left"
  | "failed";

/** State of the connection to the media handler. */
export type MediaPhase = "disconnected" | "connecting" | "connected";

/** Why a meeting failed, fit for choosing what to tell the person. */
export type MeetingFailure =
  /** No such meeting. */
  | "meeting-not-found"
  /** The meeting has ended for all. */
  | "meeting-ended"
  /** A host removed this participant. */
  | "removed"
  /** The meeting is full. */
  | "meeting-full"
  /** Not admitted: no permission, or the token was refused. */
  | "not-allowed"
  /** The meeting has a passcode, and none was given. */
  | "passcode-required"
  /** Another passcode than the meeting's was given. */
  | "passcode-wrong"
  /** Too many wrong passcodes: see `retryAfterMs`. */
  | "too-many-tries"
  /** Only people with an account get in. */
  | "sign-in-required"
  /** Nobody but hosts gets in at the moment. */
  | "meeting-locked"
  /** Nobody in the lobby's meeting let this person in: denied, or waited too long. */
  | "not-admitted"
  /** A moderator removed this person for good. */
  | "banned"
  /** The guest link was taken back, has expired, or was used as often as it may be. */
  | "guest-link-invalid"
  /** The same participant connected from elsewhere. */
  | "superseded"
  /** The servers cannot be reached. */
  | "unreachable"
  /** The servers disagree whether the meeting is end-to-end encrypted; nothing was sent. */
  | "encryption-mismatch"
  /** The servers answered in a way that this client does not understand. */
  | "protocol";

/** A meeting could not be joined, or ended. */
export class MeetingError extends Error {
  override readonly name = "MeetingError";
  /** When trying again may help, milliseconds from then; undefined when nobody said. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly reason: MeetingFailure,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Most chat messages that a client keeps. */
export const MAX_CHAT_MESSAGES = 500;

/** An immutable snapshot of a meeting. Parts that did not change are the same objects. */
export interface MeetingState {
  readonly phase: MeetingPhase;
  readonly media: MediaPhase;
  /** Name of the meeting for people; empty until joined. */
  readonly displayName: string;
  readonly meetingId: string | undefined;
  /** Oneself; another one when the session was lost for too long. */
  readonly participantId: string | undefined;
  /** Whether media is end-to-end encrypted; undefined until known. */
  readonly e2eEncryption: boolean | undefined;
  /** The others, in the order they joined. */
  readonly participants: readonly RemoteParticipant[];
  /** One's own role. */
  readonly role: MeetingRole;
  /** One's own hand; 0: down. */
  readonly handRaised: number;
  /** Nobody but hosts gets in. */
  readonly locked: boolean;
  /** Who comes by the meeting's own link waits to be admitted. */
  readonly lobbyEnabled: boolean;
  /** Who waits in the lobby, the longest waiting first; empty for those who do not moderate. */
  readonly knocks: readonly Knock[];
  /** The newest {@link MAX_CHAT_MESSAGES} since the person came, the oldest first. */
  readonly messages: readonly ChatMessage[];
  /** Those that are open, then those that were closed, the newest first. */
  readonly polls: readonly Poll[];
  readonly localStreams: readonly PublishedStream[];
  /** What this participant may send or do; undefined until joined, or when nobody said. */
  readonly grants: readonly string[] | undefined;
  /** Set in phase `failed`. */
  readonly error:
    | {
      readonly reason: MeetingFailure;
      readonly message: string;
      readonly retryAfterMs?: number | undefined;
    }
    | undefined;
}

/** The state of a meeting before anything happened. */
export const INITIAL_MEETING_STATE: MeetingState = {
  phase: "idle",
  media: "disconnected",
  displayName: "",
  meetingId: undefined,
  participantId: undefined,
  e2eEncryption: undefined,
  participants: [],
  role: "participant",
  handRaised: 0,
  locked: false,
  lobbyEnabled: false,
  knocks: [],
  messages: [],
  polls: [],
  localStreams: [],
  grants: undefined,
  error: undefined,
};

/** What a stream carries. */
export type StreamType = "audio" | "camera" | "screen" | "screen-audio";

/** True for the types whose frames are pictures. */
export function isVideo(type: StreamType): boolean {
  return type === "camera" || type === "screen";
}

/** A stream that another participant publishes. */
export interface RemoteStream {
  readonly streamId: string;
  readonly type: StreamType;
  /** WebCodecs codec string. */
  readonly codec: string;
  readonly muted: boolean;
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
}

/** A stream of one's own, as the others see it. */
export interface PublishedStream {
  /** The id the application chose; it stays the same through a reconnect. */
  readonly streamId: string;
  readonly type: StreamType;
  readonly codec: string;
  readonly muted: boolean;
}

/**
 * Where a meeting stands:
 * - `idle`: nothing connected.
 * - `preparing`, `prepared`: connected to both servers, invisible to the others.
 * - `joining`, `joined`: in the meeting.
 * - `reconnecting`: was in the meeting, lost the controller, tries again.
 * - `left`: left on request.
 * - `failed`: ended for another reason, see `error`. `join` may be tried again.
 */
export type MeetingPhase =
  | "idle"
  | "preparing"
  | "prepared"
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
  /** The meeting has a lobby, and nobody admitted this person. */
  | "lobby-admission-required"
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

/** An immutable snapshot of a meeting. Parts that did not change are the same objects. */
export interface MeetingState {
  readonly phase: MeetingPhase;
  readonly media: MediaPhase;
  /** Name of the meeting for people; empty until joined. */
  readonly displayName: string;
  readonly meetingId: string | undefined;
  /** Oneself; another one after each reconnect. */
  readonly participantId: string | undefined;
  /** Whether media is end-to-end encrypted; undefined until known. */
  readonly e2eEncryption: boolean | undefined;
  /** The others, in the order they joined. */
  readonly participants: readonly RemoteParticipant[];
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
  localStreams: [],
  grants: undefined,
  error: undefined,
};

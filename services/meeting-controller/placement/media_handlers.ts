import type {
  MediaTelemetry,
  RouteMediaCommand,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { MediaStream } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Presence } from "./media_presence.ts";

/** What goes along with a call to a media handler. */
export interface MediaCallOptions {
  /** W3C trace context of the request that the call serves. */
  readonly traceparent?: string;
}

/** Why a media handler did not do what it was asked. */
export type MediaHandlerFailure =
  /** No answer in time, twice, or no connection: take it for dead. */
  | "unreachable"
  /** It answered and refused: it lives, and knows something else than we do. */
  | "refused"
  /** It obeys a higher epoch of the meeting: another controller owns it. */
  | "stale";

/** A call to a media handler that failed. */
export class MediaHandlerError extends Error {
  override readonly name = "MediaHandlerError";
  constructor(readonly failure: MediaHandlerFailure, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Whether a call to a media handler failed in that way. */
export function isFailure(error: unknown, failure: MediaHandlerFailure): boolean {
  return error instanceof MediaHandlerError && error.failure === failure;
}

/** Whose media, of which ownership of the meeting. */
export interface MediaCommandScope {
  readonly meetingId: string;
  /** Of whoever commands; the media handler refuses one below the highest that it met. */
  readonly epoch: bigint;
}

/** Who stayed at a media handler. */
export interface KeptParticipants {
  /** By participant id. */
  readonly connectionTokens: Readonly<Record<string, string>>;
  /** Where browsers connect; empty: at the handler's endpoint. */
  readonly mediaHandlerUrl: string;
}

/**
 * One process that forwards media. All calls reject with {@link MediaHandlerError} and nothing
 * else, and each ends within a bounded time.
 */
export interface MediaHandler {
  readonly handlerId: string;
  /** Where browsers connect. */
  readonly endpoint: string;
  /** SHA-256 of its certificates (development only). */
  readonly certificateHashes: readonly Uint8Array[];
  /** Aborts once the process is taken for dead. It stays so: a new process is a new handler. */
  readonly gone: AbortSignal;
  /** Somebody who is known keeps the connection, and the token stays the same. */
  registerParticipant(
    request: MediaCommandScope & {
      participantId: string;
      streams: readonly MediaStream[];
      e2eEncryption: boolean;
    },
    options: MediaCallOptions,
  ): Promise<{ connectionToken: string; mediaHandlerUrl: string }>;
  routeMedia(
    scope: MediaCommandScope,
    commands: readonly RouteMediaCommand[],
    options: MediaCallOptions,
  ): Promise<void>;
  removeParticipant(scope: MediaCommandScope, participantId: string): Promise<void>;
  /** Removes everyone of the meeting but these; nothing changes for those of them whom it knows. */
  keepParticipants(
    scope: MediaCommandScope,
    participantIds: readonly string[],
  ): Promise<KeptParticipants>;
}

/** The media handlers that there are. */
export interface MediaHandlers {
  /** The one with the most room among the healthy; undefined when there is none. */
  choose(): MediaHandler | undefined;
  /** The one of that id while it lives. */
  find(handlerId: string): MediaHandler | undefined;
  /** Who of a meeting is connected to that handler, as far as it has told. */
  connected(handlerId: string, meetingId: string): Iterable<string>;
  /** A call showed `handler` to be unreachable: its `gone` aborts, and others are preferred. */
  reportUnreachable(handler: MediaHandler): void;
}

/** Takes what media handlers measured and who connected to them or went. */
export interface MediaListener {
  onTelemetry(handlerId: string, telemetry: MediaTelemetry): void;
  onPresence(handlerId: string, presence: Presence): void;
}

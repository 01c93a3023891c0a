/**
 * What a server says of itself with each heartbeat. "draining": it is about to stop, keeps what it
 * has and takes nothing new.
 */
export type ServerHealth = "healthy" | "degraded" | "unhealthy" | "draining";

/** A server whose last heartbeat is older than this is not given new work, milliseconds. */
export const HEARTBEAT_FRESH_MS = 6_000;

/**
 * A heartbeat that is this old should have been followed by another one, milliseconds: they come
 * two seconds and one call apart.
 */
export const HEARTBEAT_DUE_MS = 2_750;

/** How much a meeting controller holds; a maximum of 0 is unlimited. */
export interface ControllerCapacity {
  readonly maxMeetings: number;
  readonly currentMeetings: number;
  readonly maxParticipants: number;
  readonly currentParticipants: number;
}

/** How much a media handler holds; a maximum of 0 is unlimited. */
export interface MediaHandlerCapacity {
  readonly maxStreams: number;
  readonly currentStreams: number;
  readonly maxParticipants: number;
  readonly currentParticipants: number;
}

interface RegisteredServer {
  readonly region: string;
  /** Where browsers connect, such as https://127.0.0.1:4433. */
  readonly endpoint: string;
  /** Where services call, such as http://127.0.0.1:41234. */
  readonly rpcEndpoint: string;
  /** Base64 of SHA-256 of certificates that browsers may accept (development). */
  readonly certificateHashes: readonly string[];
  readonly health: ServerHealth;
  /** Which software it runs, for people. */
  readonly version: string;
}

/** A meeting controller that registered itself (specification 5.1). */
export interface RegisteredController extends RegisteredServer {
  /** A UUID, new with each start of the process. */
  readonly controllerId: string;
  readonly capacity: ControllerCapacity;
}

/** A media handler that registered itself. */
export interface RegisteredMediaHandler extends RegisteredServer {
  /** A UUID, new with each start of the process. */
  readonly handlerId: string;
  readonly capacity: MediaHandlerCapacity;
}

/** Whether the controller has room for one more meeting. */
export function hasRoom({ capacity }: Pick<RegisteredController, "capacity">): boolean {
  return below(capacity.currentMeetings, capacity.maxMeetings) &&
    below(capacity.currentParticipants, capacity.maxParticipants);
}

/** Meetings that a controller without a limit counts as able to hold. */
const UNLIMITED_MEETINGS = 1_000;

/** How much of a controller is free, in meetings: what new ones are shared out by. */
export function freeCapacity({ capacity }: Pick<RegisteredController, "capacity">): number {
  const free = (current: number, maximum: number) =>
    maximum === 0 ? 1 : Math.max(0, 1 - current / maximum);
  const share = Math.min(
    free(capacity.currentMeetings, capacity.maxMeetings),
    free(capacity.currentParticipants, capacity.maxParticipants),
  );
  return share * (capacity.maxMeetings || UNLIMITED_MEETINGS);
}

function below(current: number, maximum: number): boolean {
  return maximum === 0 || current < maximum;
}

/** How one direction of a path behaves. */
export interface DirectionProfile {
  /** What the line carries, bits a second; undefined: as much as comes. */
  readonly rateBps?: number;
  /** Bytes that may wait for the line (tail drop); undefined: {@link defaultQueueBytes}. */
  readonly queueBytes?: number;
  /** Time on the way in this one direction, milliseconds. */
  readonly delayMs: number;
  /** Further time on the way, uniform from 0 to this, milliseconds; the order stays. */
  readonly jitterMs: number;
  /** Share of packets that vanish, 0 to 1, each independently of the others. */
  readonly lossRatio: number;
  /** Share of packets that are held back so that later ones overtake them, 0 to 1. */
  readonly reorderRatio: number;
  /** Nothing passes. */
  readonly blackout: boolean;
}

/** The two directions of a path, as a client sees them. */
export const DIRECTIONS = ["down", "up"] as const;
export type Direction = typeof DIRECTIONS[number];

/** How a path behaves: `down` is towards the client, `up` from it. */
export type PathProfile = Readonly<Record<Direction, DirectionProfile>>;

/** From `atMs` on the path behaves as `path` says. */
export interface ProfileChange {
  /** Milliseconds after the profile was set. */
  readonly atMs: number;
  readonly path: PathProfile;
}

/** How a network behaves over time. The same seed makes the same decisions. */
export interface NetworkProfile {
  /** Seed of all random decisions, a 32-bit unsigned integer. */
  readonly seed: number;
  /** Ordered by time; the first is at 0. */
  readonly changes: readonly [ProfileChange, ...ProfileChange[]];
}

/** A direction without any impairment. */
export const CLEAR_DIRECTION: DirectionProfile = {
  delayMs: 0,
  jitterMs: 0,
  lossRatio: 0,
  reorderRatio: 0,
  blackout: false,
};

/** A path without any impairment. */
export const CLEAR_PATH: PathProfile = { down: CLEAR_DIRECTION, up: CLEAR_DIRECTION };

/** Seed of profiles that name none. */
export const DEFAULT_SEED = 1;

/** A network without any impairment. */
export const CLEAR_NETWORK: NetworkProfile = {
  seed: DEFAULT_SEED,
  changes: [{ atMs: 0, path: CLEAR_PATH }],
};

const SLOW_LINE_QUEUE_BYTES = 64_000;
const FAST_LINE_QUEUE_BYTES = 256_000;
const FAST_LINE_BPS = 10_000_000;

/** Queue in bytes of a line that names none: 256 kB from 10 Mbit/s on, 64 kB below. */
export function defaultQueueBytes(rateBps: number): number {
  return rateBps >= FAST_LINE_BPS ? FAST_LINE_QUEUE_BYTES : SLOW_LINE_QUEUE_BYTES;
}

/** How `profile` has the path behave `elapsedMs` after it was set. */
export function pathAt(profile: NetworkProfile, elapsedMs: number): PathProfile {
  let { path } = profile.changes[0];
  for (const change of profile.changes) {
    if (change.atMs > elapsedMs) break;
    path = change.path;
  }
  return path;
}

/** Time there and back that the path adds, milliseconds, without queues and jitter. */
export function roundTripMs(path: PathProfile): number {
  return path.down.delayMs + path.up.delayMs;
}

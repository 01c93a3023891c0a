/** What people do in a meeting, by the share of all that they do. */
export const DEED_SHARES = {
  /** Mutes or unmutes the microphone. */
  mute: 0.4,
  /** Raises or lowers a hand. */
  hand: 0.15,
  chat: 0.15,
  reaction: 0.1,
  /** Changes the bitrate wanted of somebody's camera: nobody else is told. */
  subscribe: 0.1,
  /** Begins or ends to share the screen. */
  publish: 0.1,
} as const;
export type DeedKind = keyof typeof DEED_SHARES;
export const DEED_KINDS = Object.keys(DEED_SHARES) as readonly DeedKind[];

/** The kind of a deed at random: by {@link DEED_SHARES}. @param random from 0 to below 1. */
export function pickDeed(random: number): DeedKind {
  let sum = 0;
  for (const kind of DEED_KINDS) {
    sum += DEED_SHARES[kind];
    if (random < sum) return kind;
  }
  return "mute"; // The shares add up to one but for rounding.
}

/** One thing that somebody did, and those who have to hear of it. */
export interface Deed {
  readonly kind: DeedKind;
  /** When it was to be done, whatever kept the generator from it; monotonic milliseconds. */
  readonly dueAtMs: number;
  /** Others who have not heard of it yet. */
  unaware: number;
}

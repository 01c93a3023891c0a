/** An invitation to send more than the media for a short while, to see whether the path carries it. */
export interface Probe {
  /** What to send in all, media and padding together, bits per second. */
  readonly bitrateBps: number;
  /** For how long, milliseconds. */
  readonly durationMs: number;
}

/** What a sender has and would like to have, bits per second. */
export interface SendingRates {
  /** What it sends now, padding left out. */
  readonly sendingBps: number;
  /** What it would send on a path without limits. */
  readonly wantedBps: number;
}

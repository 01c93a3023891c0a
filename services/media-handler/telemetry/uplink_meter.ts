/** What has arrived from one session so far; counters only rise. */
export interface UplinkFigures {
  /** Frames and audio datagrams. */
  readonly arrivals: number;
  /** Those that came so late that they must have waited in a queue. */
  readonly lateArrivals: number;
  /** Audio datagrams that should have arrived. */
  readonly datagramsExpected: number;
  /** Audio datagrams that did, in order. */
  readonly datagramsReceived: number;
  /** Spread of their transit (RFC 3550), milliseconds. */
  readonly datagramJitterMs: number;
}

/** The figures of a session that has sent nothing. */
export const NOTHING_ARRIVED: UplinkFigures = {
  arrivals: 0,
  lateArrivals: 0,
  datagramsExpected: 0,
  datagramsReceived: 0,
  datagramJitterMs: 0,
};

/** How the way from a publisher was between two looks at its figures. */
export interface UplinkQuality {
  /** Part of the audio datagrams that got lost, 0 to 1; 0 without any. */
  readonly lossRatio: number;
  /** Part of what arrived that came late, 0 to 1. */
  readonly lateRatio: number;
}

/** Compares the figures of `now` with those of an earlier look at the same session. */
export function uplinkQuality(before: UplinkFigures, now: UplinkFigures): UplinkQuality {
  const expected = now.datagramsExpected - before.datagramsExpected;
  const received = now.datagramsReceived - before.datagramsReceived;
  const arrivals = now.arrivals - before.arrivals;
  const late = now.lateArrivals - before.lateArrivals;
  return { lossRatio: share(expected - received, expected), lateRatio: share(late, arrivals) };
}

/** Below 0 after a new session or when a counter turned over: then nothing is known. */
function share(part: number, whole: number): number {
  return part > 0 && whole > 0 ? Math.min(part / whole, 1) : 0;
}

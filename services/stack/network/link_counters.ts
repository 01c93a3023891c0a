/** What one direction has carried and dropped so far. */
export interface LinkCounters {
  /** Packets that came to the line, delivered or not. */
  readonly offeredPackets: number;
  readonly deliveredPackets: number;
  /** Payload of what was delivered, without headers of UDP and IP. */
  readonly deliveredBytes: number;
  /** Dropped because the queue before the line was full. */
  readonly droppedByQueue: number;
  /** Dropped at random, as the profile's loss says. */
  readonly droppedByLoss: number;
  /** Dropped because nothing passed. */
  readonly droppedByBlackout: number;
}

/** Counters of a direction that has carried nothing. */
export const NO_COUNTERS: LinkCounters = {
  offeredPackets: 0,
  deliveredPackets: 0,
  deliveredBytes: 0,
  droppedByQueue: 0,
  droppedByLoss: 0,
  droppedByBlackout: 0,
};

/** Both counted as one. */
export function addCounters(a: LinkCounters, b: LinkCounters): LinkCounters {
  return {
    offeredPackets: a.offeredPackets + b.offeredPackets,
    deliveredPackets: a.deliveredPackets + b.deliveredPackets,
    deliveredBytes: a.deliveredBytes + b.deliveredBytes,
    droppedByQueue: a.droppedByQueue + b.droppedByQueue,
    droppedByLoss: a.droppedByLoss + b.droppedByLoss,
    droppedByBlackout: a.droppedByBlackout + b.droppedByBlackout,
  };
}

/** Counters of both directions at one moment. */
export interface PathCounters {
  /** When they were read, milliseconds of `performance.now`. */
  readonly atMs: number;
  readonly down: LinkCounters;
  readonly up: LinkCounters;
}

/**
 * The rate at which a direction delivered between two readings, bits of payload a second; 0 when
 * no time lies between them.
 */
export function deliveredRateBps(
  direction: "down" | "up",
  earlier: PathCounters,
  later: PathCounters,
): number {
  const elapsedMs = later.atMs - earlier.atMs;
  if (elapsedMs <= 0) return 0;
  const bytes = later[direction].deliveredBytes - earlier[direction].deliveredBytes;
  return bytes * 8 * 1_000 / elapsedMs;
}

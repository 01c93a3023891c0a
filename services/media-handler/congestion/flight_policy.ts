import {
  INITIAL_RTT_MS,
  MAX_AUDIO_BYTES_IN_FLIGHT,
  MAX_QUEUEING_DELAY_MS,
  MAX_SUBSCRIBER_BYTES_IN_FLIGHT,
  MAX_VIDEO_BYTES_IN_FLIGHT,
} from "../limits.ts";

/** What a policy knows of one stream on its way to a subscriber. */
export interface FlightState {
  /** Bytes of this stream that are not acknowledged. */
  readonly bytesInFlight: number;
  /** Bytes of all the subscriber's streams that are not acknowledged. */
  readonly subscriberBytesInFlight: number;
  /** Age of the oldest frame that is not wholly acknowledged, milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  /** Base round trip of the subscriber, or undefined before it is measured. */
  readonly baseRttMs: number | undefined;
  /** Time since anything was sent on this stream or acknowledged, milliseconds. */
  readonly quietMs: number;
}

/**
 * Whether a frame may be sent: "late" means that what was sent before queues for too long, "full"
 * that too much is in flight.
 */
export type Admission = "admitted" | "late" | "full";

/**
 * Decides what a stream may still send. The seam for the bandwidth estimator: it needs the same
 * facts and gives the same answers.
 */
export interface FlightPolicy {
  /** Whether `frameBytes` more may be sent on a stream that flows. */
  admits(state: FlightState, frameBytes: number): Admission;
  /** Whether a stream that was stopped may flow again. */
  resumes(state: FlightState): boolean;
  /**
   * Whether one frame may be sent on a stopped stream although nothing drains: the last
   * acknowledgement may have been lost, and only a stream that moves is acknowledged again.
   */
  probes(state: FlightState, frameBytes: number): boolean;
}

/** Bounds of a {@link boundedFlight} policy. */
export interface FlightBounds {
  /** Bytes that one stream may have in flight; a single larger frame goes alone. */
  readonly maxBytes: number;
  /** Quiet time after which a stopped stream sends one frame to find out. */
  readonly probeAfterMs: number;
}

/**
 * Stops a stream whose oldest frame is late by more than {@link MAX_QUEUEING_DELAY_MS}, or that has
 * too much in flight, until all of it is acknowledged (design/media, "a bad network").
 */
export function boundedFlight({ maxBytes, probeAfterMs }: FlightBounds): FlightPolicy {
  const fits = (state: FlightState, frameBytes: number) =>
    (state.bytesInFlight === 0 || state.bytesInFlight + frameBytes <= maxBytes) &&
    (state.subscriberBytesInFlight === 0 ||
      state.subscriberBytesInFlight + frameBytes <= MAX_SUBSCRIBER_BYTES_IN_FLIGHT);
  const isLate = (state: FlightState) =>
    state.oldestAgeMs - (state.baseRttMs ?? INITIAL_RTT_MS) > MAX_QUEUEING_DELAY_MS;
  return {
    admits(state, frameBytes) {
      if (!fits(state, frameBytes)) return "full";
      return isLate(state) && state.quietMs <= probeAfterMs ? "late" : "admitted";
    },
    resumes: (state) =>
      state.bytesInFlight === 0 &&
      state.subscriberBytesInFlight <= MAX_SUBSCRIBER_BYTES_IN_FLIGHT / 2,
    probes: (state, frameBytes) => fits(state, frameBytes) && state.quietMs > probeAfterMs,
  };
}

/** Video: room for a cached group; a probe is a whole key frame, so rare. */
export const videoFlightPolicy: FlightPolicy = boundedFlight({
  maxBytes: MAX_VIDEO_BYTES_IN_FLIGHT,
  probeAfterMs: 1_000,
});

/** Audio: a few seconds of speech; frames are small and whoever speaks again is heard soon. */
export const audioFlightPolicy: FlightPolicy = boundedFlight({
  maxBytes: MAX_AUDIO_BYTES_IN_FLIGHT,
  probeAfterMs: 400,
});

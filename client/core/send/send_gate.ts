import type { InFlightWindow } from "../../../proto/media_stream/in_flight_window.ts";

/** How much may be on its way before frames are dropped. */
export interface SendPolicy {
  /** Longest time that the oldest byte may take beyond the shortest round trip, milliseconds. */
  readonly ageLimitMs: number;
  readonly bytesLimit: number;
  /** Whether the stream can only go on at a key frame after a frame was dropped. */
  readonly needsKeyFrames: boolean;
}

/** Video: a quarter of a second late at most, so that latency never piles up. */
export const VIDEO_SEND_POLICY: SendPolicy = {
  ageLimitMs: 250,
  bytesLimit: 2 * 1024 * 1024,
  needsKeyFrames: true,
};
/** Audio: about a second of speech at 128 kbps. */
export const AUDIO_SEND_POLICY: SendPolicy = {
  ageLimitMs: 400,
  bytesLimit: 16 * 1024,
  needsKeyFrames: false,
};

/** Round trip assumed before the first acknowledgement, milliseconds. */
export const INITIAL_RTT_MS = 750;
/**
 * After this long without a frame sent, one is let through although not all is acknowledged: an
 * acknowledgement may have been lost, and only further bytes bring the next. Milliseconds.
 */
export const STALL_PROBE_MS = 2_000;

type GateState =
  | { readonly kind: "open" }
  /** Nothing is sent until all that is in flight has been acknowledged. */
  | { readonly kind: "draining"; readonly sinceMs: number }
  | { readonly kind: "awaiting-key-frame" };

/**
 * Decides for each frame of one stream whether it is sent, from what is in flight. Pure: the
 * caller passes the time in milliseconds of the window's clock.
 */
export class SendGate {
  readonly #policy: SendPolicy;
  readonly #window: InFlightWindow;
  #state: GateState;

  constructor(policy: SendPolicy, window: InFlightWindow) {
    this.#policy = policy;
    this.#window = window;
    this.#state = policy.needsKeyFrames ? { kind: "awaiting-key-frame" } : { kind: "open" };
  }

  /** True when nothing but a key frame will be let through. */
  get needsKeyFrame(): boolean {
    return this.#state.kind === "awaiting-key-frame";
  }

  /** True while frames are dropped because too much is in flight. */
  get congested(): boolean {
    return this.#state.kind === "draining";
  }

  /** Whether a frame goes out now; the caller sends it if so and drops it if not. */
  admit(keyFrame: boolean, nowMs: number): boolean {
    if (this.#state.kind === "draining") {
      if (this.#drained() || nowMs - this.#state.sinceMs >= STALL_PROBE_MS) this.#reopen();
      else return false;
    } else if (this.#overLimit(nowMs)) {
      this.#state = { kind: "draining", sinceMs: nowMs };
      return false;
    }
    if (this.#state.kind === "awaiting-key-frame" && !keyFrame) return false;
    this.#state = { kind: "open" };
    return true;
  }

  /** The window took an acknowledgement: true when that ended the congestion. */
  acknowledged(): boolean {
    if (this.#state.kind !== "draining" || !this.#drained()) return false;
    this.#reopen();
    return true;
  }

  /** A frame that was let through got lost before the wire: the ones after it make no sense. */
  broken(): void {
    if (this.#policy.needsKeyFrames && this.#state.kind === "open") {
      this.#state = { kind: "awaiting-key-frame" };
    }
  }

  #reopen(): void {
    this.#state = this.#policy.needsKeyFrames ? { kind: "awaiting-key-frame" } : { kind: "open" };
  }

  #drained(): boolean {
    return this.#window.bytesInFlight === 0;
  }

  #overLimit(nowMs: number): boolean {
    const { bytesInFlight, minimumRttMs = INITIAL_RTT_MS } = this.#window;
    if (bytesInFlight > this.#policy.bytesLimit) return true;
    return this.#window.oldestAgeMs(nowMs) - minimumRttMs > this.#policy.ageLimitMs;
  }
}

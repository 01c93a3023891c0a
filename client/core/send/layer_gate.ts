import type { PathState } from "../../../proto/congestion/path_estimator.ts";

/**
 * Queueing delay from which on the top temporal layer is left out, milliseconds. Shorter queues, about
 * a frame, are there on any path that is well used; leaving frames out would only waste it.
 */
export const QUEUE_WORTH_LEAVING_OUT_MS = 25;
/** Queueing delay from which on all but the base temporal layer is left out, milliseconds. */
export const BASE_ONLY_QUEUE_MS = 100;
/** Queueing delay from which on a layer is stopped, milliseconds: it would be seen too late. */
export const STOP_QUEUE_MS = 400;
/** How much older than two round trips what is under way may be before a layer is stopped. */
export const STOP_AGE_MS = 350;
/** Round trip assumed before one was measured, milliseconds. */
export const INITIAL_RTT_MS = 500;
/** Most bytes of one layer that may be under way. */
export const MAX_BYTES_IN_FLIGHT = 2 * 1024 * 1024;
/**
 * After this long in a stop a key frame is let through though the path has not recovered: reports may
 * have been lost, and only further bytes bring the next. Milliseconds.
 */
export const STALL_PROBE_MS = 2_000;

/** What the way of one layer's frames looks like when the next one is to be sent. */
export interface LayerPath {
  readonly state: PathState;
  /** How long what is sent on this path waits in queues, milliseconds. */
  readonly queueingDelayMs: number;
  readonly baseRttMs: number | undefined;
  /** Of this layer: age of the oldest byte that was not reported, milliseconds. */
  readonly oldestAgeMs: number;
  /** Of this layer. */
  readonly bytesInFlight: number;
}

/** What of a frame decides whether it may be left out. */
export interface GatedFrame {
  readonly keyFrame: boolean;
  readonly temporalLayer: number;
}

type GateState =
  | { readonly kind: "open" }
  /** Nothing is sent until the path has recovered. */
  | { readonly kind: "stopped"; readonly sinceMs: number }
  /** `stalled`: the next key frame goes out whatever the path looks like. */
  | { readonly kind: "awaiting-key-frame"; readonly stalled: boolean };

const AWAITING_KEY_FRAME: GateState = { kind: "awaiting-key-frame", stalled: false };

/**
 * Decides for each frame of one video layer whether it is sent: leaves out temporal layers as soon
 * as frames queue, and stops the layer until a key frame when that does not help. Pure: the caller
 * passes the time in milliseconds.
 */
export class LayerGate {
  #state: GateState = AWAITING_KEY_FRAME;
  #topTemporalLayer = 0;

  /** True when a key frame would be sent, and nothing else. */
  get needsKeyFrame(): boolean {
    return this.#state.kind === "awaiting-key-frame";
  }

  /** True while nothing is sent because the path does not take it. */
  get stopped(): boolean {
    return this.#state.kind === "stopped";
  }

  /** Whether a frame goes out now; the caller sends it if so and leaves it out if not. */
  admit(frame: GatedFrame, path: LayerPath, nowMs: number): boolean {
    this.update(path, nowMs);
    const state = this.#state;
    if (state.kind === "stopped") return false;
    const stalled = state.kind === "awaiting-key-frame" && state.stalled;
    if (!stalled && exhausted(path)) {
      this.#state = { kind: "stopped", sinceMs: nowMs };
      return false;
    }
    if (state.kind === "awaiting-key-frame" && !frame.keyFrame) return false;
    if (frame.keyFrame) this.#topTemporalLayer = 0;
    this.#topTemporalLayer = Math.max(this.#topTemporalLayer, frame.temporalLayer);
    if (frame.temporalLayer > this.#highestTemporalLayer(path)) return false;
    this.#state = { kind: "open" };
    return true;
  }

  /** Time passed, or something was reported: true when that ended a stop. */
  update(path: LayerPath, nowMs: number): boolean {
    if (this.#state.kind !== "stopped") return false;
    const stalled = nowMs - this.#state.sinceMs >= STALL_PROBE_MS;
    if (!recovered(path) && !stalled) return false;
    this.#state = { kind: "awaiting-key-frame", stalled };
    return true;
  }

  /** A frame that others depend on got lost here: the ones after it make no sense. */
  broken(): void {
    if (this.#state.kind === "open") this.#state = AWAITING_KEY_FRAME;
  }

  #highestTemporalLayer(path: LayerPath): number {
    if (!queues(path)) return Infinity;
    return path.queueingDelayMs >= BASE_ONLY_QUEUE_MS ? 0 : Math.max(0, this.#topTemporalLayer - 1);
  }
}

function queues({ state, queueingDelayMs }: LayerPath): boolean {
  return state === "queueing" && queueingDelayMs >= QUEUE_WORTH_LEAVING_OUT_MS;
}

function exhausted(
  { state, queueingDelayMs, baseRttMs = INITIAL_RTT_MS, oldestAgeMs, bytesInFlight }: LayerPath,
): boolean {
  return state === "blocked" || queueingDelayMs >= STOP_QUEUE_MS ||
    oldestAgeMs > 2 * baseRttMs + STOP_AGE_MS || bytesInFlight > MAX_BYTES_IN_FLIGHT;
}

function recovered(path: LayerPath): boolean {
  return !exhausted(path) && (path.bytesInFlight === 0 || !queues(path));
}

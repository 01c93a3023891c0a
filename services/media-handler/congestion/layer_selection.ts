/** How long a better layer must fit before it is switched to, milliseconds. */
export const UPGRADE_PATIENCE_MS = 500;
/**
 * How long the encoder has to follow a smaller budget before a smaller layer is switched to,
 * milliseconds; until then temporal layers are left out.
 */
export const DOWNGRADE_PATIENCE_MS = 400;
/** A switch down so soon after one up makes that one a failure, milliseconds. */
export const FAILED_UPGRADE_MS = 5_000;
/** Wait after a failed upgrade, milliseconds; twice as long after each further one. */
export const FIRST_BACK_OFF_MS = 2_000;
/** Longest wait after failed upgrades, milliseconds. */
export const LONGEST_BACK_OFF_MS = 32_000;
/** How long a path queues before more than the highest temporal layer is left out, milliseconds. */
export const QUEUEING_PATIENCE_MS = 150;
/**
 * How long after the room fell no temporal layer is left out for the measured rate alone,
 * milliseconds: it still is that of before, the encoder follows sooner, and a queue would show.
 */
export const FALL_PATIENCE_MS = 500;

/**
 * How far a measured rate may lie above the room for it: encoders that were told the budget are
 * never exact, and what is too much shows as a queue.
 */
const TOLERANCE = 1.3;
/** The same before a temporal layer comes back. */
const RETURN_TOLERANCE = 1.12;
/** Fall of the room, as part of it, that encoders are told and then follow. */
const FALLEN_ROOM = 0.95;
/** Highest temporal layer of the encoders that we know (L1T3). */
const HIGHEST_TEMPORAL_LAYER = 2;

/** A spatial layer that the publisher sends now. */
export interface EncodedLayer {
  readonly spatialLayer: number;
  /** Below this budget a smaller layer looks better, bits per second. */
  readonly minBitrateBps: number;
  /** Measured, up to and including a temporal layer, bits per second; 0 while it is not known. */
  bitrateBps(temporalLayer: number): number;
}

/** What one subscriber can take of a stream now. */
export interface SelectionInput {
  readonly nowMs: number;
  /** Bits per second; 0: nothing. */
  readonly budgetBps: number;
  /** What the path would carry of it, bits per second: the budget and what nobody else needs. */
  readonly roomBps: number;
  readonly maxSpatialLayer: number;
  /** Sent now, by spatial layer. */
  readonly layers: readonly EncodedLayer[];
  /** Whether what is sent waits in a queue of the path. */
  readonly queueing: boolean;
}

/**
 * Which of the layers that are really encoded one subscriber should get. Temporal layers go at once
 * and come back with some margin; a spatial switch waits for its key frame, which is the caller's
 * business: it tells by `switched` when the wanted layer is sent.
 */
export class LayerSelection {
  #wanted: number | undefined;
  #current: number | undefined;
  #maxTemporalLayer = HIGHEST_TEMPORAL_LAYER;
  #upgradeSinceMs: number | undefined;
  #downgradeSinceMs: number | undefined;
  #queueingSinceMs: number | undefined;
  #roomBps = 0;
  #roomFellAtMs = -Infinity;
  #upgradedAtMs = -Infinity;
  #backOffUntilMs = -Infinity;
  #backOffMs = FIRST_BACK_OFF_MS;

  /** The layer that should be sent, or undefined for none. */
  get spatialLayer(): number | undefined {
    return this.#wanted;
  }

  /** The highest temporal layer that should be sent. */
  get maxTemporalLayer(): number {
    return this.#maxTemporalLayer;
  }

  /** Decides anew; call it when an input changed, and now and then. */
  update(input: SelectionInput): void {
    const fitting = input.budgetBps > 0 ? bestFitting(input) : undefined;
    this.#wanted = fitting === undefined ? undefined : this.#choose(input, fitting.spatialLayer);
    this.#selectTemporal(input);
  }

  /** `spatialLayer` is sent from now on, or nothing is. */
  switched(spatialLayer: number | undefined, nowMs: number): void {
    const before = this.#current;
    this.#current = spatialLayer;
    if (before === undefined || spatialLayer === undefined || before === spatialLayer) return;
    if (spatialLayer > before) this.#upgradedAtMs = nowMs;
    this.#upgradeSinceMs = undefined;
    this.#downgradeSinceMs = undefined;
  }

  #choose(input: SelectionInput, fitting: number): number {
    const current = input.layers.find(({ spatialLayer }) => spatialLayer === this.#current);
    if (current === undefined || current.spatialLayer > input.maxSpatialLayer) {
      // Nothing to hold on to; a switch that was begun is seen through.
      this.#upgradeSinceMs = undefined;
      this.#downgradeSinceMs = undefined;
      return fitting;
    }
    if (fitting === current.spatialLayer) {
      this.#upgradeSinceMs = undefined;
      this.#downgradeSinceMs = undefined;
      return fitting;
    }
    return fitting > current.spatialLayer
      ? this.#upgrade(input.nowMs, current.spatialLayer, fitting)
      : this.#downgrade(input, current, fitting);
  }

  #upgrade(nowMs: number, current: number, fitting: number): number {
    this.#downgradeSinceMs = undefined;
    if (nowMs < this.#backOffUntilMs) return current;
    this.#upgradeSinceMs ??= nowMs;
    return nowMs - this.#upgradeSinceMs >= UPGRADE_PATIENCE_MS ? fitting : current;
  }

  #downgrade(
    { nowMs, budgetBps, roomBps }: SelectionInput,
    current: EncodedLayer,
    fitting: number,
  ): number {
    this.#upgradeSinceMs = undefined;
    this.#downgradeSinceMs ??= nowMs;
    const bridged = budgetBps >= current.minBitrateBps &&
      current.bitrateBps(0) <= roomBps * TOLERANCE;
    if (bridged && nowMs - this.#downgradeSinceMs < DOWNGRADE_PATIENCE_MS) {
      return current.spatialLayer;
    }
    this.#backOff(nowMs);
    return fitting;
  }

  /** An upgrade that did not last is not tried again soon. */
  #backOff(nowMs: number): void {
    if (nowMs < this.#backOffUntilMs) return;
    const failed = nowMs - this.#upgradedAtMs < FAILED_UPGRADE_MS;
    this.#backOffMs = failed
      ? Math.min(this.#backOffMs * 2, LONGEST_BACK_OFF_MS)
      : FIRST_BACK_OFF_MS;
    if (failed) this.#backOffUntilMs = nowMs + this.#backOffMs;
  }

  #selectTemporal(input: SelectionInput): void {
    const { nowMs, roomBps, queueing, layers } = input;
    if (roomBps < FALLEN_ROOM * this.#roomBps) this.#roomFellAtMs = nowMs;
    this.#roomBps = roomBps;
    this.#queueingSinceMs = queueing ? this.#queueingSinceMs ?? nowMs : undefined;
    const sent = layers.find(({ spatialLayer }) => spatialLayer === this.#current) ??
      layers.find(({ spatialLayer }) => spatialLayer === this.#wanted);
    if (sent === undefined) return;
    const before = this.#maxTemporalLayer;
    let highest = HIGHEST_TEMPORAL_LAYER;
    if (this.#queueingSinceMs !== undefined) {
      highest = nowMs - this.#queueingSinceMs >= QUEUEING_PATIENCE_MS ? 0 : highest - 1;
    }
    const fits = (layer: number) => {
      const tolerance = layer > before ? RETURN_TOLERANCE : TOLERANCE;
      return sent.bitrateBps(layer) <= roomBps * tolerance;
    };
    // What flows already is given time, what would come back is not.
    const kept = nowMs - this.#roomFellAtMs < FALL_PATIENCE_MS ? Math.min(before, highest) : 0;
    while (highest > kept && !fits(highest)) highest--;
    this.#maxTemporalLayer = highest;
  }
}

/** The best layer whose full rate fits; else the smallest there is, with fewer temporal layers. */
function bestFitting(input: SelectionInput): EncodedLayer | undefined {
  const { layers, budgetBps, roomBps, maxSpatialLayer } = input;
  let best = layers[0];
  for (const layer of layers) {
    if (layer.spatialLayer > maxSpatialLayer) break;
    const fullBps = layer.bitrateBps(HIGHEST_TEMPORAL_LAYER);
    if (layer.minBitrateBps <= budgetBps && fullBps <= roomBps * TOLERANCE) best = layer;
  }
  return best;
}

import type { Clock } from "../clock.ts";
import { LAYER_DEMAND_INTERVAL_MS } from "../limits.ts";
import type { LayerDescription, LayerWish } from "../routing/subscription.ts";
import { assignLayers, type LayerTarget } from "./layer_assignment.ts";

/** A rate must rise by more than this part before the publisher is told. */
export const DEMAND_RISE_THRESHOLD = 0.05;

/** How long a layer that is not paid for any more is held on, milliseconds: until a queue has drained. */
export const LAYER_HOLD_MS = 1_000;

/** What the demand of one publication is made of and where it goes. */
export interface LayerDemandOptions {
  readonly clock: Clock;
  /** The layers that its publisher offers; empty while they are not known. */
  readonly ladder: () => readonly LayerDescription[];
  /** What each subscriber that sees it can take now. */
  readonly wishes: () => readonly LayerWish[];
  /** Tells the publisher; does nothing while it has no session. */
  readonly send: (targets: readonly LayerTarget[]) => void;
}

/**
 * Tells the publisher of one video stream what of it is wanted: at once when a layer is wanted no
 * more, less or anew, and of a rise only when it is worth changing an encoder. Never more often
 * than {@link LAYER_DEMAND_INTERVAL_MS}.
 */
export class LayerDemand {
  readonly #options: LayerDemandOptions;
  #told: readonly LayerTarget[] | undefined;
  #toldAtMs = -Infinity;
  #cancelPending: (() => void) | undefined;
  /** Since when a layer is on only because it is held. */
  #heldSinceMs: number | undefined;
  #cancelHold: (() => void) | undefined;
  #ended = false;

  constructor(options: LayerDemandOptions) {
    this.#options = options;
  }

  /** What the publisher was told last; undefined before the first time. */
  get told(): readonly LayerTarget[] | undefined {
    return this.#told;
  }

  /** A wish or the ladder changed, or a subscription came or went. */
  changed(): void {
    if (this.#ended || this.#cancelPending !== undefined) return;
    const waitMs = this.#toldAtMs + LAYER_DEMAND_INTERVAL_MS - this.#options.clock.now();
    if (waitMs <= 0) this.#tell();
    else {
      this.#cancelPending = this.#options.clock.after(waitMs, () => {
        this.#cancelPending = undefined;
        this.#tell();
      });
    }
  }

  /** The publisher has a new session, which was told nothing yet. */
  publisherConnected(): void {
    if (this.#ended) return;
    this.#cancelTimers();
    this.#told = undefined;
    this.#tell();
  }

  /** The publication is over. */
  end(): void {
    this.#ended = true;
    this.#cancelTimers();
  }

  #cancelTimers(): void {
    this.#cancelPending?.();
    this.#cancelPending = undefined;
    this.#cancelHold?.();
    this.#cancelHold = undefined;
  }

  /** What to tell now; a layer whose wishes have fallen is held for a while. */
  #targets(layers: readonly LayerDescription[]): LayerTarget[] {
    const { clock, wishes } = this.#options;
    const told = this.#told ?? [];
    const targets = assignLayers(layers, wishes(), told);
    const held = assignLayers(layers, wishes(), told, { holds: true });
    this.#cancelHold?.();
    this.#cancelHold = undefined;
    if (hasSameLayers(targets, held)) {
      this.#heldSinceMs = undefined;
      return targets;
    }
    this.#heldSinceMs ??= clock.now();
    const restMs = this.#heldSinceMs + LAYER_HOLD_MS - clock.now();
    if (restMs <= 0) return targets;
    this.#cancelHold = clock.after(restMs, () => this.changed());
    return held;
  }

  #tell(): void {
    const { clock, ladder, send } = this.#options;
    const layers = ladder();
    if (layers.length === 0) return;
    const targets = this.#targets(layers);
    if (this.#told !== undefined && !isWorthTelling(this.#told, targets)) return;
    this.#told = targets;
    this.#toldAtMs = clock.now();
    send(targets);
  }
}

function hasSameLayers(some: readonly LayerTarget[], others: readonly LayerTarget[]): boolean {
  return some.every(({ maxBitrateBps }, index) =>
    (maxBitrateBps > 0) === (others[index]!.maxBitrateBps > 0)
  );
}

function isWorthTelling(told: readonly LayerTarget[], targets: readonly LayerTarget[]): boolean {
  if (told.length !== targets.length) return true;
  return targets.some(({ spatialLayer, maxBitrateBps, maxTemporalLayer }, index) => {
    const before = told[index]!;
    return spatialLayer !== before.spatialLayer || maxTemporalLayer !== before.maxTemporalLayer ||
      maxBitrateBps < before.maxBitrateBps ||
      maxBitrateBps > before.maxBitrateBps * (1 + DEMAND_RISE_THRESHOLD);
  });
}

import type { Subscription } from "./subscription.ts";

const NOBODY: readonly Subscription[] = [];
/** Spatial layers that a frame header can name. */
const LAYERS = 16;

/**
 * Who listens to which spatial layer of one stream, in lists by layer, so that a frame costs nothing
 * where it is not wanted. Lists are replaced, never changed: a loop over one is safe.
 */
export class LayerListeners {
  readonly #masks = new Map<Subscription, number>();
  readonly #lists: (readonly Subscription[])[] = Array.from({ length: LAYERS }, () => NOBODY);

  /** Those who listen to `spatialLayer`. */
  of(spatialLayer: number): readonly Subscription[] {
    return this.#lists[spatialLayer] ?? NOBODY;
  }

  /** `subscription` listens to exactly the layers of `mask` (bit n: layer n). */
  set(subscription: Subscription, mask: number): void {
    const before = this.#masks.get(subscription) ?? 0;
    if (before === mask) return;
    if (mask === 0) this.#masks.delete(subscription);
    else this.#masks.set(subscription, mask);
    for (let layer = 0, changed = before ^ mask; layer < LAYERS; layer++) {
      if ((changed & (1 << layer)) === 0) continue;
      const list = this.#lists[layer]!;
      this.#lists[layer] = (mask & (1 << layer)) !== 0
        ? [...list, subscription]
        : list.filter((other) => other !== subscription);
    }
  }
}

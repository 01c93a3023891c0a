import { DeliveryKey } from "./delivery_key.ts";
import type { Scheduler } from "./scheduler.ts";

/** How long an own delivery key is the one to wrap for, milliseconds. */
export const DELIVERY_KEY_LIFETIME_MS = 5 * 60_000;
/** How long a replaced delivery key still opens wraps, milliseconds. */
export const OLD_DELIVERY_KEY_LIFETIME_MS = 30_000;

/** The own delivery key, and those that were replaced a moment ago. */
export class DeliveryKeyRing implements Disposable {
  readonly #scheduler: Scheduler;
  readonly #onReplaced: ((current: DeliveryKey) => void) | undefined;
  readonly #timers = new Set<Disposable>();
  /** The newest first. */
  #keys: readonly DeliveryKey[];
  #closed = false;

  /** @param onReplaced publishes a new key; without it the first key stays for good. */
  constructor(
    first: DeliveryKey,
    scheduler: Scheduler,
    onReplaced: ((current: DeliveryKey) => void) | undefined,
  ) {
    this.#keys = [first];
    this.#scheduler = scheduler;
    this.#onReplaced = onReplaced;
    if (onReplaced !== undefined) this.#scheduleReplacement();
  }

  get current(): DeliveryKey {
    return this.#keys[0]!;
  }

  /** All that still open wraps. */
  get all(): readonly DeliveryKey[] {
    return this.#keys;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const timer of this.#timers) timer[Symbol.dispose]();
  }

  #scheduleReplacement(): void {
    this.#after(DELIVERY_KEY_LIFETIME_MS, () => {
      this.#replace().catch(() => undefined); // The one in use stays in use.
      this.#scheduleReplacement();
    });
  }

  async #replace(): Promise<void> {
    const next = await DeliveryKey.generate();
    if (this.#closed) return;
    const replaced = this.current;
    this.#keys = [next, ...this.#keys];
    this.#after(OLD_DELIVERY_KEY_LIFETIME_MS, () => {
      this.#keys = this.#keys.filter((key) => key !== replaced);
    });
    this.#onReplaced?.(next);
  }

  #after(delayMs: number, callback: () => void): void {
    const timer = this.#scheduler.after(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }
}

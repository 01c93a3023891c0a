import { KeyMessageError } from "./key_message.ts";
import { ReplayWindow } from "./replay_window.ts";
import type { Scheduler } from "./scheduler.ts";
import { kidOf, readKid, type SenderKey } from "./sender_key.ts";
import { type TrackKey, TrackKeys } from "./track_keys.ts";

/** How many ratchet steps ahead of the newest known one a frame may be. */
export const MAX_STEPS_AHEAD = 8;
/** How long older keys stay after the first frame under a newer one, milliseconds. */
export const OLD_KEY_LIFETIME_MS = 10_000;
/** Most generations kept of one sender. */
export const MAX_GENERATIONS_PER_SENDER = 8;

/** One key of another participant and the counters seen under it. */
export class ReceivingKey {
  readonly kid: number;
  readonly #tracks: TrackKeys<ReplayWindow>;
  #messages: TrackKey<ReplayWindow> | undefined;

  constructor(
    readonly generation: number,
    readonly step: number,
    /** A promise, since a ratchet step takes a moment and lookups do not wait. */
    readonly senderKey: Promise<SenderKey>,
  ) {
    this.kid = kidOf(generation, step);
    senderKey.catch(() => undefined);
    this.#tracks = new TrackKeys(
      (streamId, layer) => senderKey.then((key) => key.deriveFrameKey(streamId, layer)),
      () => new ReplayWindow(),
    );
  }

  track(streamId: string, spatialLayer: number): TrackKey<ReplayWindow> | undefined {
    return this.#tracks.get(streamId, spatialLayer);
  }

  /** The frame key of what its owner says, and the counters seen under it. */
  get messages(): TrackKey<ReplayWindow> {
    if (this.#messages === undefined) {
      const frameKey = this.senderKey.then((key) => key.deriveMessageKey());
      frameKey.catch(() => undefined); // Whoever uses it sees the failure; nobody may.
      this.#messages = { frameKey, state: new ReplayWindow() };
    }
    return this.#messages;
  }

  /** The key after this one. */
  next(): ReceivingKey {
    const senderKey = this.senderKey.then((key) => key.ratchet());
    return new ReceivingKey(this.generation, this.step + 1, senderKey);
  }

  destroy(): void {
    this.senderKey.then((key) => key.destroy(), () => undefined);
  }
}

/** What is known of a KID: its key, that it may come, or that it will not. */
export type KeyLookup = ReceivingKey | "unknown" | "old" | "closed";

/**
 * The keys of one other participant. A KID names one key or none: an arriving key whose KID can be
 * reached from a known one must be that very key.
 */
export class ReceivedKeys implements Disposable {
  /** By KID. Holds also steps derived ahead, which count only once a frame authenticated. */
  readonly #keys = new Map<number, ReceivingKey>();
  /** The last step, by generation, that a key message or an authenticated frame has shown. */
  readonly #newestStep = new Map<number, number>();
  readonly #retirements = new Set<Disposable>();
  readonly #listeners = new Set<() => void>();
  /** Highest KID under which a frame authenticated. */
  #usedKid = -1;
  #closed = false;

  constructor(readonly scheduler: Scheduler) {}

  /** Finds the key that a frame names. */
  find(kid: number): KeyLookup {
    if (this.#closed) return "closed";
    const { generation, step } = readKid(kid);
    const newest = this.#newestStep.get(generation);
    if (newest === undefined) return kid < this.#usedKid ? "old" : "unknown";
    if (step > newest + MAX_STEPS_AHEAD) return "unknown";
    return this.#keys.get(kid) ?? (step < newest ? "old" : this.#ratchetTo(generation, step));
  }

  /** A frame under `key` authenticated: its step is real, and older keys end soon. */
  authenticated(key: ReceivingKey): void {
    const newest = this.#newestStep.get(key.generation);
    if (newest === undefined || key.kid <= this.#usedKid) return;
    this.#usedKid = key.kid;
    if (key.step > newest) this.#newestStep.set(key.generation, key.step);
    this.#retireBefore(key.kid);
  }

  /**
   * Takes a key from a key message.
   *
   * @throws {KeyMessageError} (as rejection) "old-key" or "conflicting-key".
   */
  async install(senderKey: SenderKey): Promise<void> {
    if (this.#closed) throw new KeyMessageError("closed");
    const { generation, step, kid } = senderKey;
    const newest = this.#newestStep.get(generation);
    if (newest === undefined) {
      if (kid < this.#usedKid) throw new KeyMessageError("old-key");
      this.#addGeneration(senderKey);
    } else {
      const known = this.#keys.get(kid) ??
        (step > newest ? this.#ratchetTo(generation, step) : undefined);
      await this.#requireSame(known, senderKey);
      if (step > (this.#newestStep.get(generation) ?? step)) {
        this.#newestStep.set(generation, step);
      }
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` whenever a lookup may have a better answer. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const retirement of this.#retirements) retirement[Symbol.dispose]();
    for (const key of this.#keys.values()) key.destroy();
    this.#keys.clear();
    for (const listener of [...this.#listeners]) listener();
  }

  #addGeneration(senderKey: SenderKey): void {
    const { generation, step } = senderKey;
    this.#keys.set(
      senderKey.kid,
      new ReceivingKey(generation, step, Promise.resolve(senderKey)),
    );
    this.#newestStep.set(generation, step);
    if (this.#newestStep.size > MAX_GENERATIONS_PER_SENDER) {
      this.#dropBefore(kidOf(Math.min(...this.#newestStep.keys()) + 1, 0));
    }
    // A sender has at most one generation in use and one about to be.
    if (generation > 0) this.#retireBefore(kidOf(generation - 1, 0));
  }

  async #requireSame(known: ReceivingKey | undefined, senderKey: SenderKey): Promise<void> {
    if (known === undefined) throw new KeyMessageError("old-key");
    const expected = await known.senderKey;
    const same = expected.equals(senderKey);
    senderKey.destroy();
    if (!same) throw new KeyMessageError("conflicting-key");
  }

  /** Derives the steps up to `step`, which is above the newest one of a known generation. */
  #ratchetTo(generation: number, step: number): ReceivingKey {
    let key = this.#keys.get(kidOf(generation, this.#newestStep.get(generation)!))!;
    while (key.step < step) {
      const next = this.#keys.get(key.kid + 1) ?? key.next();
      this.#keys.set(next.kid, next);
      key = next;
    }
    return key;
  }

  #retireBefore(kid: number): void {
    if (![...this.#keys.keys()].some((known) => known < kid)) return;
    const retirement = this.scheduler.after(OLD_KEY_LIFETIME_MS, () => {
      this.#retirements.delete(retirement);
      this.#dropBefore(kid);
    });
    this.#retirements.add(retirement);
  }

  #dropBefore(kid: number): void {
    for (const [known, key] of this.#keys) {
      if (known >= kid) continue;
      key.destroy();
      this.#keys.delete(known);
    }
    const { generation } = readKid(kid);
    for (const known of this.#newestStep.keys()) {
      if (known < generation) this.#newestStep.delete(known);
    }
  }
}

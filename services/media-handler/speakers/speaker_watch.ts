import type { Clock } from "../clock.ts";
import { ActiveSpeakers, type Speaker } from "./active_speakers.ts";

/** How often the list is looked at while anyone makes a sound, milliseconds. */
export const SPEAKER_UPDATE_INTERVAL_MS = 100;

/** Watches who speaks in one meeting, by one timer that rests while nobody does. */
export class SpeakerWatch {
  readonly #clock: Clock;
  readonly #onChanged: (speakers: readonly Speaker[]) => void;
  readonly #speakers = new ActiveSpeakers();
  #cancelTimer: (() => void) | undefined;

  /** @param onChanged called with the whole list when it changed. */
  constructor(clock: Clock, onChanged: (speakers: readonly Speaker[]) => void) {
    this.#clock = clock;
    this.#onChanged = onChanged;
  }

  /** Who speaks now. */
  get list(): readonly Speaker[] {
    return this.#speakers.list;
  }

  /** A frame of sound arrived; `levelDbov` as in its header. */
  heard(speaker: Speaker, levelDbov: number, nowMs: number): void {
    this.#speakers.heard(speaker, levelDbov, nowMs);
    if (this.#cancelTimer === undefined && this.#speakers.isActive) this.#schedule();
  }

  /** The stream was unpublished. */
  ended(streamId: string): void {
    this.#speakers.ended(streamId);
    this.#update();
  }

  /** The meeting is over. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.after(SPEAKER_UPDATE_INTERVAL_MS, () => {
      this.#cancelTimer = undefined;
      this.#update();
      if (this.#speakers.isActive) this.#schedule();
    });
  }

  #update(): void {
    const changed = this.#speakers.update(this.#clock.now());
    if (changed !== undefined) this.#onChanged(changed);
    if (!this.#speakers.isActive) this.stop();
  }
}

import type { Scheduler } from "../../../core/crypto/scheduler.ts";
import type { StreamView } from "../../../core/meeting/stream_view.ts";
import { asksForMore } from "./remote_views.ts";

/** How long a request for less waits for others. */
export const VIEW_REQUEST_DELAY_MS = 150;

/** Tells the meeting how streams are looked at: when more is wanted at once, otherwise collected. */
export class ViewAnnouncer {
  readonly #announce: (views: readonly StreamView[]) => void;
  readonly #scheduler: Scheduler;
  #announced: readonly StreamView[] = [];
  #wanted: readonly StreamView[] = [];
  #timer: Disposable | undefined;

  constructor(announce: (views: readonly StreamView[]) => void, scheduler: Scheduler) {
    this.#announce = announce;
    this.#scheduler = scheduler;
  }

  /** Takes the newest views. */
  update(views: readonly StreamView[]): void {
    this.#wanted = views;
    if (JSON.stringify(views) === JSON.stringify(this.#announced)) return this.#cancel();
    if (asksForMore(this.#announced, views)) return this.#send();
    this.#timer ??= this.#scheduler.after(VIEW_REQUEST_DELAY_MS, () => this.#send());
  }

  /** Announces nothing more. */
  close(): void {
    this.#cancel();
  }

  #send(): void {
    this.#cancel();
    this.#announced = this.#wanted;
    this.#announce(this.#wanted);
  }

  #cancel(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

import type { Scheduler } from "../crypto/scheduler.ts";
import type { StreamView } from "./stream_view.ts";

/** Shortest time between two view requests, milliseconds. */
export const VIEW_REQUEST_INTERVAL_MS = 100;
/** Most streams that one request names; the least important are left out. */
export const MAX_VIEWS = 256;

/** Sends the newest views, the first at once and further ones not too often, each only once. */
export class ViewRequests {
  readonly #scheduler: Scheduler;
  readonly #send: (views: readonly StreamView[]) => void;
  #views: readonly StreamView[] | undefined;
  #sent = "";
  #timer: Disposable | undefined;

  constructor(options: {
    readonly scheduler: Scheduler;
    readonly send: (views: readonly StreamView[]) => void;
  }) {
    this.#scheduler = options.scheduler;
    this.#send = options.send;
  }

  /** Replaces the views. */
  set(views: readonly StreamView[]): void {
    this.#views = views.slice(0, MAX_VIEWS);
    if (this.#timer === undefined) this.#sendNews();
  }

  /** Sends the views to a session that knows nothing of them. */
  sendAll(): void {
    this.#sent = "";
    this.close();
    this.#sendNews();
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #sendNews(): void {
    if (this.#views === undefined) return;
    const key = JSON.stringify(this.#views);
    if (key === this.#sent) return;
    this.#sent = key;
    this.#send(this.#views);
    this.#timer = this.#scheduler.after(VIEW_REQUEST_INTERVAL_MS, () => {
      this.#timer = undefined;
      this.#sendNews();
    });
  }
}

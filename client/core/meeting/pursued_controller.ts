import { isSamePlace, type ServerEndpoint } from "../transport/connect.ts";
import { type WaitOptions, waitOr } from "../transport/deadline.ts";

/** How often a controller is tried sooner because the global controller named it. */
const MAX_HINTS = 3;
/** Younger attempts are not repeated for that, milliseconds: it may not know of the loss yet. */
const HINT_AGE_MS = 1_500;

/** A controller that is tried again and again. */
export class PursuedController {
  readonly #wait: WaitOptions;
  #endpoint: ServerEndpoint;
  #hints = 0;
  /** Aborts when there is another certificate to expect. */
  #outdated = new AbortController();
  #pause: { readonly over: () => void; ripe: boolean } | undefined;

  constructor(endpoint: ServerEndpoint, wait: WaitOptions) {
    this.#endpoint = endpoint;
    this.#wait = wait;
  }

  /** Where it is to be tried now. */
  get endpoint(): ServerEndpoint {
    return this.#endpoint;
  }

  /** Bounds an attempt to connect to {@link endpoint}. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#wait.signal, this.#outdated.signal]);
  }

  /** The global controller names it. */
  hint(endpoint: ServerEndpoint): void {
    if (!isSamePlace(endpoint, this.#endpoint)) {
      // It was started again: what is under way cannot succeed any more.
      this.#endpoint = endpoint;
      this.#outdated.abort();
      this.#outdated = new AbortController();
      this.#pause?.over();
    } else if (this.#pause?.ripe && this.#hints < MAX_HINTS) {
      this.#hints++;
      this.#pause.over();
    }
  }

  /** Waits for the next attempt after one at `tried`, or until there is more hope. */
  async pause(tried: ServerEndpoint, delayMs: number): Promise<void> {
    if (tried !== this.#endpoint) return;
    const hoped = Promise.withResolvers<void>();
    const pause = { over: hoped.resolve, ripe: false };
    const ripening = this.#wait.scheduler.after(HINT_AGE_MS, () => {
      pause.ripe = true;
    });
    this.#pause = pause;
    try {
      await waitOr(hoped.promise, delayMs, this.#wait);
    } finally {
      this.#pause = undefined;
      ripening[Symbol.dispose]();
    }
  }
}

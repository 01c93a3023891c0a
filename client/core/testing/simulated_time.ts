import type { Scheduler } from "../crypto/scheduler.ts";

/** Turns of the event loop without any WebCrypto operation after which nothing more can happen. */
const QUIET_TURNS = 3;

/**
 * Time that passes only when a test says so. Between two timers it lets everything settle that needs
 * no time: promises, and WebCrypto operations, whose number under way it counts.
 */
export class SimulatedTime implements Scheduler {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();

  readonly now = (): number => this.#nowMs;

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => this.#timers.delete(timer) };
  }

  /** Lets `durationMs` pass, timer by timer. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settled();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await settled();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number) {
    let next: { readonly dueMs: number; readonly callback: () => void } | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}

let operationsUnderWay = 0;
countOperations();

/** Waits until no WebCrypto operation is under way and no promise is left to run. */
export async function settled(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    await eventLoopTurn();
    if (operationsUnderWay > 0) quiet = -1;
  }
}

function eventLoopTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    port2.close();
    resolve();
  };
  port2.postMessage(undefined);
  return promise;
}

/** WebCrypto has no way to ask for what is under way, so its operations are counted here. */
function countOperations(): void {
  const operations = [
    "decrypt",
    "deriveBits",
    "deriveKey",
    "digest",
    "encrypt",
    "exportKey",
    "generateKey",
    "importKey",
    "sign",
  ] as const;
  const { subtle } = crypto;
  for (const name of operations) {
    const operation = subtle[name] as (...parameters: unknown[]) => Promise<unknown>;
    Object.defineProperty(subtle, name, {
      value: async (...parameters: unknown[]) => {
        operationsUnderWay++;
        try {
          return await operation.apply(subtle, parameters);
        } finally {
          operationsUnderWay--;
        }
      },
    });
  }
}

import { wait, type WaitOptions } from "./deadline.ts";

/** Time between the starts of the first two attempts, milliseconds. */
export const STAGGER_MS = 1_000;

/** How attempts are made. */
export interface StaggeredAttempts<T> extends WaitOptions {
  /** Makes one attempt, which is of no use any more once its signal aborts. */
  readonly attempt: (signal: AbortSignal) => Promise<T>;
  /** Lets go of what an attempt came to after another one had won. */
  readonly discard: (outcome: T) => void;
  /** An attempt may not begin for so long, milliseconds; 0 unless given. */
  readonly heldBackMs?: number;
  /** By which each interval is longer than the one before; 1 unless given. */
  readonly growth?: number;
}

/**
 * The outcome of the first attempt that succeeds. Each begins a while after the one before: one that
 * began while the network was away repeats its packets at ever longer intervals, and a fresh one
 * overtakes it when the network is back.
 *
 * @throws the error of the newest attempt when all that began have failed.
 * @throws the reason of the signal as soon as that aborts.
 */
export async function firstOf<T>(options: StaggeredAttempts<T>): Promise<T> {
  const { attempt, discard, heldBackMs = 0, growth = 1, signal, scheduler } = options;
  signal.throwIfAborted();
  const decided = new AbortController();
  const ended = AbortSignal.any([signal, decided.signal]);
  const outcome = Promise.withResolvers<T>();
  let pending = 0;
  const start = () => {
    pending++;
    attempt(ended).then((won) => {
      if (ended.aborted) return discard(won);
      outcome.resolve(won);
      decided.abort();
    }, (error) => {
      if (--pending === 0) outcome.reject(error);
    });
  };
  const keepStarting = async () => {
    for (let staggerMs = STAGGER_MS;; staggerMs *= growth) {
      start();
      await wait(heldBackMs + staggerMs, { signal: ended, scheduler });
    }
  };
  // It ends by its signal alone.
  keepStarting().catch((reason) => outcome.reject(reason));
  try {
    return await outcome.promise;
  } finally {
    decided.abort();
  }
}

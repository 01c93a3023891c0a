import type { Scheduler } from "../crypto/scheduler.ts";

/** Something took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** What bounds a wait. */
export interface WaitOptions {
  readonly signal: AbortSignal;
  readonly scheduler: Scheduler;
}

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
export function wait(delayMs: number, { signal, scheduler }: WaitOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      timer[Symbol.dispose]();
      reject(signal.reason);
    };
    const timer = scheduler.after(delayMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** As {@link wait}, but no longer than until `sooner` resolves. */
export async function waitOr(
  sooner: Promise<void>,
  delayMs: number,
  { signal, scheduler }: WaitOptions,
): Promise<void> {
  const over = new AbortController();
  const waiting = wait(delayMs, { signal: AbortSignal.any([signal, over.signal]), scheduler });
  try {
    await Promise.race([sooner, waiting]);
  } finally {
    waiting.catch(() => undefined);
    over.abort();
  }
}

/**
 * The outcome of `promise`. Also when that is not waited for any more, its rejection is handled.
 *
 * @throws {DeadlineError} when it takes longer than `deadlineMs`.
 * @throws the reason of the signal as soon as that aborts.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  deadlineMs: number,
  { signal, scheduler }: WaitOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", abort);
      outcome();
    };
    const abort = () => settle(() => reject(signal.reason));
    const timer = scheduler.after(deadlineMs, () => {
      settle(() => reject(new DeadlineError(`took longer than ${deadlineMs} ms`)));
    });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

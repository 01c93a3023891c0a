import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "./log.ts";

/** How often a service tells the global controller that it lives, milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 2_000;
/** Longest wait between two attempts to register, milliseconds. */
export const REGISTRATION_BACK_OFF_LIMIT_MS = 2_000;
const REGISTRATION_BACK_OFF_START_MS = 100;

/**
 * Keeps this process known to the global controller: registers, with back-off until it succeeds,
 * then sends heartbeats, and registers again when told that it is not known (the answer
 * `NOT_FOUND`). Returns when `signal` aborts; a controller that is away is logged once for each
 * time it goes.
 */
export async function maintainRegistration(options: {
  register: (signal: AbortSignal) => Promise<void>;
  heartbeat: (signal: AbortSignal) => Promise<void>;
  log: Logger;
  signal: AbortSignal;
  /** Waits; rejects when the signal aborts. Injected in tests. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}): Promise<void> {
  const { log, signal, wait = waitFor } = options;
  let registered = false;
  let away = false;
  let backOffMs = REGISTRATION_BACK_OFF_START_MS;
  while (!signal.aborted) {
    try {
      await (registered ? options.heartbeat(signal) : options.register(signal));
      if (!registered) log.info("registered");
      else if (away) log.info("global controller is back");
      registered = true;
      away = false;
      backOffMs = REGISTRATION_BACK_OFF_START_MS;
      await wait(HEARTBEAT_INTERVAL_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ConnectError && error.code === Code.NotFound && registered) {
        registered = false;
        continue;
      }
      if (!away) log.warn("global controller is away", { error });
      away = true;
      await wait(backOffMs, signal).catch(() => undefined);
      backOffMs = Math.min(backOffMs * 2, REGISTRATION_BACK_OFF_LIMIT_MS);
    }
  }
}

/** Resolves after `ms`, or rejects as soon as `signal` aborts. */
function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal.addEventListener("abort", abort, { once: true });
  });
}

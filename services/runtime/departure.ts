import { type Environment, readInteger } from "./configuration.ts";
import type { Logger } from "./log.ts";
import { HEARTBEAT_INTERVAL_MS } from "./registration.ts";

/** How long one call of a leaving process may take, milliseconds: nobody waits for it long. */
export const DEPARTURE_CALL_TIMEOUT_MS = 1_000;
/** How often a draining process looks whether it is empty, milliseconds. */
const LOOK_INTERVAL_MS = 250;
/** How long a leaving process tries to hand over what it has, milliseconds, whatever its drain. */
export const HAND_OVER_LIMIT_MS = 10_000;
const MAX_DRAIN_S = 24 * 60 * 60;

/** `DT_DRAIN_SECONDS`: how long a process that is asked to end lets its meetings go on. */
export function readDrainMs(env: Environment): number {
  const bounds = { fallback: 0, minimum: 0, maximum: MAX_DRAIN_S };
  return readInteger(env, "DT_DRAIN_SECONDS", bounds) * 1_000;
}

/**
 * Takes leave of the global controller: says that this process drains, hands over what it has, waits
 * until nobody uses it or `drainMs` are over, and then has it forgotten, so that whoever has to join
 * again is sent elsewhere at once. A global controller that is away is not waited for.
 */
export async function depart(options: {
  /** Sends a heartbeat that says so. */
  announce: (signal: AbortSignal) => Promise<unknown>;
  /**
   * Gives what it can to other processes; asked again and again. By default there is nothing to give.
   *
   * @returns whether there is nothing left, or nobody to give it to.
   */
  handOver?: () => Promise<boolean>;
  deregister: (signal: AbortSignal) => Promise<unknown>;
  isEmpty: () => boolean;
  drainMs: number;
  log: Logger;
  /** Injected in tests. */
  now?: () => number;
  wait?: (ms: number) => Promise<void>;
}): Promise<void> {
  const { isEmpty, drainMs, log, now = () => performance.now(), wait = pause } = options;
  const handOver = options.handOver ?? (() => Promise.resolve(true));
  const call = async (what: string, act: (signal: AbortSignal) => Promise<unknown>) => {
    try {
      await act(AbortSignal.timeout(DEPARTURE_CALL_TIMEOUT_MS));
    } catch (error) {
      log.warn("global controller was not told", { what, error });
    }
  };
  log.info("draining", { drain_ms: drainMs });
  await call("draining", options.announce);
  const endsAtMs = now() + drainMs;
  const handOverEndsAtMs = Math.max(endsAtMs, now() + HAND_OVER_LIMIT_MS);
  let announcedAtMs = now();
  while (true) {
    const isSettled = await handOver();
    const leftMs = (isSettled ? endsAtMs : handOverEndsAtMs) - now();
    if (isSettled && isEmpty() || leftMs <= 0) break;
    await wait(Math.min(LOOK_INTERVAL_MS, leftMs));
    if (now() - announcedAtMs < HEARTBEAT_INTERVAL_MS) continue;
    announcedAtMs = now();
    await call("draining", options.announce);
  }
  await call("leaving", options.deregister);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

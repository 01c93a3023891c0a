import {
  ErrorCode,
  type MeetingControllerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { SignalingClient } from "../signaling/signaling_client.ts";
import { SignalingError, SignalingLostError } from "../signaling/signaling_error.ts";
import { type ServerEndpoint, urlOf } from "../transport/connect.ts";
import { wait, type WaitOptions, withDeadline } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { MAX_PLACES } from "./controller_places.ts";
import { isFinalClose } from "./failure.ts";
import type { MeetingLog } from "./meeting_log.ts";
import { PursuedController } from "./pursued_controller.ts";

/** How long a session can be resumed after it was lost, milliseconds: so long controllers keep it. */
export const RESUME_LIMIT_MS = 5 * 60_000;
/** Time between the first attempts at two controllers, milliseconds. */
export const PLACE_STAGGER_MS = 200;
/** Attempts begin up to so much later, so that not all who lost a controller come at once. */
export const PLACE_SPREAD_MS = 100;
/** How long a controller that a meeting moved to is asked alone, milliseconds. */
export const MOVED_ALONE_MS = 1_000;
/**
 * Time between the first two questions to the global controller where the meeting is, milliseconds:
 * at the first one the lease of a controller that died may still be good.
 */
export const ENDPOINTS_START_MS = 500;
/** Longest time between two such questions, milliseconds. */
export const ENDPOINTS_INTERVAL_MS = 2_000;
/** How long a controller may take to resume a session, milliseconds: it may have to take it over. */
export const RESUME_ANSWER_LIMIT_MS = 3_000;
/** Longest wait between two questions to a controller that is there, milliseconds. */
export const RESUME_RETRY_LIMIT_MS = 500;
/**
 * Longest wait between two attempts to connect to a controller, milliseconds: browsers punish each
 * that fails, and hold back the next ones for longer than this when there are many.
 */
export const RECONNECT_LIMIT_MS = 8_000;
const RECONNECT_START_MS = 1_000;

/** No controller can resume the session (any more): what is left is to join anew. */
export class SessionGoneError extends Error {
  override readonly name = "SessionGoneError";
}

/** How a session is resumed. */
export interface ResumptionOptions {
  /** Where to try, the best first. */
  readonly places: readonly ServerEndpoint[];
  /** Whether the meeting moved to the first of them on purpose: the others are asked later. */
  readonly moved: boolean;
  readonly connect: (endpoint: ServerEndpoint, signal: AbortSignal) => Promise<SignalingClient>;
  /** Asks to resume; once it is granted, the session is the client's to keep. */
  readonly resume: (
    signaling: SignalingClient,
    endpoint: ServerEndpoint,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly endpointOf: (info: MeetingControllerInfo | undefined) => ServerEndpoint | undefined;
  /** Asks the global controller where the meeting is. */
  readonly fetchEndpoint:
    | ((options: { readonly signal: AbortSignal }) => Promise<ServerEndpoint>)
    | undefined;
  readonly random: (() => number) | undefined;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
  readonly log: MeetingLog;
}

/**
 * Resumes a session at whichever controller takes it. All places are tried side by side, each again
 * and again, but asked one after the other: the secret of a session is good for one answer.
 *
 * @throws {SessionGoneError} when a controller does not know the session, or time is over.
 * @throws {SignalingLostError} when a controller ended it for good, such as with the meeting.
 * @throws the reason of the signal when it aborts.
 */
export async function resumeSession(options: ResumptionOptions): Promise<void> {
  const resumption = new Resumption(options);
  const { signal, scheduler } = options;
  try {
    await withDeadline(resumption.run(), RESUME_LIMIT_MS, { signal, scheduler });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SignalingLostError || error instanceof SessionGoneError) throw error;
    throw new SessionGoneError("the session was not resumed in time", { cause: error });
  } finally {
    resumption.end();
  }
}

class Resumption {
  readonly #options: ResumptionOptions;
  readonly #over = new AbortController();
  readonly #wait: WaitOptions;
  readonly #outcome = Promise.withResolvers<void>();
  /** The controllers that are tried, by URL. */
  readonly #pursued = new Map<string, PursuedController>();
  /** Settles when nobody is being asked. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ResumptionOptions) {
    this.#options = options;
    const signal = AbortSignal.any([options.signal, this.#over.signal]);
    this.#wait = { signal, scheduler: options.scheduler };
  }

  run(): Promise<void> {
    const { places, moved, random = Math.random } = this.#options;
    for (const [index, endpoint] of places.entries()) {
      const aloneMs = moved && index > 0 ? MOVED_ALONE_MS : 0;
      const spreadMs = moved ? 0 : PLACE_SPREAD_MS * random();
      this.#later(index * PLACE_STAGGER_MS + aloneMs + spreadMs, () => this.#pursue(endpoint));
    }
    // After the last place that is known, as if it were another one.
    const knownMs = places.length * PLACE_STAGGER_MS + PLACE_SPREAD_MS * random();
    this.#later(moved ? MOVED_ALONE_MS : knownMs, () => this.#askWhere());
    return this.#outcome.promise;
  }

  end(): void {
    this.#over.abort();
  }

  #later(delayMs: number, start: () => Promise<void>): void {
    // What is started ends by the signal alone, or with the outcome.
    wait(delayMs, this.#wait).then(start).catch(() => undefined);
  }

  /** Tries one controller until there is an outcome. */
  async #pursue(first: ServerEndpoint): Promise<void> {
    const url = urlOf(first);
    if (this.#pursued.has(url) || this.#pursued.size >= MAX_PLACES) return;
    const pursued = new PursuedController(first, this.#wait);
    this.#pursued.set(url, pursued);
    const { random } = this.#options;
    const backOff = new BackOff(random, RESUME_RETRY_LIMIT_MS);
    const reconnectBackOff = new BackOff(random, RECONNECT_LIMIT_MS, RECONNECT_START_MS);
    let signaling: SignalingClient | undefined;
    while (true) {
      const { endpoint } = pursued;
      try {
        signaling ??= await this.#options.connect(endpoint, pursued.signal);
        return await this.#ask(signaling, endpoint);
      } catch (error) {
        // A controller that refused may be asked again in the same session.
        if (!(error instanceof SignalingError) || this.#wait.signal.aborted) {
          signaling?.close();
          signaling = undefined;
        }
        this.#wait.signal.throwIfAborted();
        if (this.#isDecided(error, endpoint)) return signaling?.close();
      }
      const delayMs = signaling === undefined ? reconnectBackOff.next() : backOff.next();
      await pursued.pause(endpoint, delayMs).catch((reason) => {
        signaling?.close();
        throw reason;
      });
    }
  }

  async #ask(signaling: SignalingClient, endpoint: ServerEndpoint): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#turn;
    this.#turn = promise;
    await before;
    const given = new AbortController();
    try {
      const signal = AbortSignal.any([this.#wait.signal, given.signal]);
      signal.throwIfAborted();
      const asked = this.#options.resume(signaling, endpoint, signal);
      await withDeadline(asked, RESUME_ANSWER_LIMIT_MS, this.#wait);
      this.#outcome.resolve();
      this.end();
    } finally {
      given.abort();
      resolve();
    }
  }

  /** Whether `error` leaves nothing to try; follows the meeting when it has moved. */
  #isDecided(error: unknown, endpoint: ServerEndpoint): boolean {
    const { log, endpointOf } = this.#options;
    log.info("not resumed", { controller: endpoint.url, error });
    if (error instanceof SignalingLostError && isFinalClose(error.closeCode)) {
      this.#outcome.reject(error);
      return true;
    }
    if (!(error instanceof SignalingError)) return false;
    switch (error.code) {
      case ErrorCode.MOVED: {
        const next = endpointOf(error.controller);
        if (next !== undefined) this.#later(0, () => this.#pursue(next));
        return false;
      }
      case ErrorCode.UNAUTHORIZED:
      case ErrorCode.NOT_FOUND:
      case ErrorCode.FORBIDDEN:
      case ErrorCode.INVALID_REQUEST:
        this.#outcome.reject(new SessionGoneError(error.message, { cause: error }));
        return true;
      default:
        return false;
    }
  }

  /** Asks the global controller, again and again: it learns of a takeover, too. */
  async #askWhere(): Promise<void> {
    const { fetchEndpoint, log, random } = this.#options;
    if (fetchEndpoint === undefined) return;
    const backOff = new BackOff(random, ENDPOINTS_INTERVAL_MS, ENDPOINTS_START_MS);
    while (true) {
      try {
        const endpoint = await fetchEndpoint({ signal: this.#wait.signal });
        this.#hint(endpoint);
      } catch (error) {
        this.#wait.signal.throwIfAborted();
        log.info("endpoints not told", { error });
      }
      await wait(backOff.next(), this.#wait);
    }
  }

  /** The meeting is probably at `endpoint`: one that is tried already is tried sooner. */
  #hint(endpoint: ServerEndpoint): void {
    const pursued = this.#pursued.get(urlOf(endpoint));
    if (pursued === undefined) this.#later(0, () => this.#pursue(endpoint));
    else pursued.hint(endpoint);
  }
}

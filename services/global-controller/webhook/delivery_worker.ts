import type { Logger } from "../../runtime/log.ts";
import { SealedTextError } from "../auth/sealed_key.ts";
import type { AttemptOutcome, ClaimedDelivery } from "./delivery.ts";
import type { DeliveryQueue, EndpointVerdict, FinishedAttempt } from "./delivery_queue.ts";
import type { DeliverySender } from "./delivery_sender.ts";
import { TEST_EVENT_TYPE } from "./event_type.ts";
import { retryDelayMs } from "./retry_schedule.ts";

/** Deliveries that one process attempts at once. */
export const MAX_CONCURRENT_DELIVERIES = 128;
/**
 * Those to one endpoint; and to one whose last delivery failed, which may be one that lets every
 * request wait for its deadline.
 */
export const MAX_CONCURRENT_PER_ENDPOINT = 4;
export const MAX_CONCURRENT_PER_FAILING_ENDPOINT = 1;
/** How often due deliveries are looked for that nobody told of: retries, other processes' events. */
export const LOOK_INTERVAL_MS = 1_000;
/** How long attempts may take to end after a stop, milliseconds; the others are given back. */
const STOP_GRACE_MS = 1_500;
const GONE = 410;

/**
 * Attempts the deliveries that are due. Any number of processes may do so at once: the queue gives
 * each delivery to one of them. While {@link run} runs it looks by itself; where the platform
 * stops the clocks of an idle process, {@link requestArrived} makes up for it.
 */
export class DeliveryWorker {
  readonly #queue: DeliveryQueue;
  readonly #send: DeliverySender;
  readonly #log: Logger;
  readonly #random: () => number;
  readonly #now: () => number;
  /** The deliveries that are being attempted, and how many of them go to each endpoint. */
  readonly #underway = new Map<ClaimedDelivery, Promise<void>>();
  readonly #perEndpoint = new Map<string, number>();
  readonly #stopAttempts = new AbortController();
  /** Where the last look ended, so that the next one begins with other endpoints. */
  #afterEndpointId: string | undefined;
  #nudged = false;
  #wake: (() => void) | undefined;
  #lastLookMs = -Infinity;
  #queueIsAway = false;

  constructor(options: {
    queue: DeliveryQueue;
    send: DeliverySender;
    log: Logger;
    /** From 0 to 1. */
    random?: () => number;
    now?: () => number;
  }) {
    this.#queue = options.queue;
    this.#send = options.send;
    this.#log = options.log;
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Attempts what is due until `signal` is aborted, and resolves when nothing is underway. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      this.#nudged = false;
      await this.#lookUnlessAway();
      if (!signal.aborted) await this.#rest();
    }
    await this.#stop();
  }

  /** Something is due now: looks at once, if it runs. */
  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  /** Called with each request: a look that is overdue because the clocks stood still is made up. */
  requestArrived(): void {
    if (this.#now() - this.#lastLookMs >= LOOK_INTERVAL_MS) this.nudge();
  }

  /** Attempts everything that is due, and resolves when nothing is. */
  async deliverDue(): Promise<void> {
    while (await this.#look() > 0 || this.#underway.size > 0) {
      await Promise.all(this.#underway.values());
    }
  }

  /**
   * Attempts one delivery that the caller claimed.
   *
   * @throws whatever the queue throws when the outcome cannot be recorded.
   */
  async attempt(delivery: ClaimedDelivery): Promise<AttemptOutcome> {
    const outcome = await this.#sendSigned(delivery);
    if (await this.#queue.finish(this.#judge(delivery, outcome))) {
      this.#log.warn("webhook endpoint disabled", { endpointId: delivery.endpointId });
    }
    return outcome;
  }

  async #lookUnlessAway(): Promise<void> {
    try {
      await this.#look();
      if (this.#queueIsAway) this.#log.info("webhook deliveries are found again");
      this.#queueIsAway = false;
    } catch (error) {
      if (!this.#queueIsAway) this.#log.warn("webhook deliveries cannot be looked for", { error });
      this.#queueIsAway = true;
    }
  }

  /** Starts what is due and there is room for. @returns how many were started. */
  async #look(): Promise<number> {
    this.#lastLookMs = this.#now();
    const resumed = this.#afterEndpointId !== undefined;
    const started = await this.#claim();
    return resumed && this.#afterEndpointId === undefined ? started + await this.#claim() : started;
  }

  async #claim(): Promise<number> {
    const limit = MAX_CONCURRENT_DELIVERIES - this.#underway.size;
    if (limit <= 0) return 0;
    const deliveries = await this.#queue.claim({
      limit,
      perEndpoint: MAX_CONCURRENT_PER_ENDPOINT,
      perFailingEndpoint: MAX_CONCURRENT_PER_FAILING_ENDPOINT,
      underway: this.#perEndpoint,
      afterEndpointId: this.#afterEndpointId,
    });
    for (const delivery of deliveries) this.#start(delivery);
    this.#afterEndpointId = deliveries.length < limit
      ? undefined
      : deliveries.reduce((last, { endpointId }) => endpointId > last ? endpointId : last, "");
    return deliveries.length;
  }

  #start(delivery: ClaimedDelivery): void {
    const { endpointId } = delivery;
    this.#perEndpoint.set(endpointId, (this.#perEndpoint.get(endpointId) ?? 0) + 1);
    const attempting = this.#attemptClaimed(delivery).finally(() => {
      const others = this.#perEndpoint.get(endpointId)! - 1;
      this.#underway.delete(delivery);
      if (others > 0) this.#perEndpoint.set(endpointId, others);
      else this.#perEndpoint.delete(endpointId);
      // There is room now for what the last look left.
      this.nudge();
    });
    this.#underway.set(delivery, attempting);
  }

  async #attemptClaimed(delivery: ClaimedDelivery): Promise<void> {
    const { deliveryId, endpointId } = delivery;
    try {
      await this.attempt(delivery);
    } catch (error) {
      if (this.#stopAttempts.signal.aborted) return await this.#giveBack(delivery);
      // Its lease ends, and then it is attempted again.
      this.#log.warn("webhook delivery not recorded", { deliveryId, endpointId, error });
    }
  }

  async #giveBack(delivery: ClaimedDelivery): Promise<void> {
    try {
      await this.#queue.release([delivery]);
    } catch (error) {
      this.#log.warn("webhook delivery not given back", { error });
    }
  }

  async #sendSigned(delivery: ClaimedDelivery): Promise<AttemptOutcome> {
    const { endpointId } = delivery;
    const { signal } = this.#stopAttempts;
    try {
      return await this.#send(delivery, signal);
    } catch (error) {
      if (!(error instanceof SealedTextError)) throw error;
      this.#log.error("webhook secret cannot be opened", { endpointId, error });
      return { durationMs: 0, responseStatus: null, failure: "not_signed" };
    }
  }

  #judge(delivery: ClaimedDelivery, outcome: AttemptOutcome): FinishedAttempt {
    const { deliveryId, attempt, attemptInSeries, event } = delivery;
    const endpoint = verdictOf(event.type, outcome);
    const isOver = outcome.failure === null || endpoint === "gone" ||
      event.type === TEST_EVENT_TYPE;
    const retryInMs = isOver ? undefined : retryDelayMs(
      attemptInSeries,
      this.#random(),
      outcome.retryAfterMs,
    );
    return { deliveryId, attempt, outcome, retryInMs, endpoint };
  }

  /** Waits for the next look: it is time, something is due, or an attempt made room. */
  async #rest(): Promise<void> {
    if (this.#nudged) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, LOOK_INTERVAL_MS);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  async #stop(): Promise<void> {
    const timer = setTimeout(() => this.#stopAttempts.abort(), STOP_GRACE_MS);
    await Promise.all(this.#underway.values());
    clearTimeout(timer);
  }
}

function verdictOf(
  eventType: string,
  { failure, responseStatus }: AttemptOutcome,
): EndpointVerdict {
  if (eventType === TEST_EVENT_TYPE || failure === "not_signed") return "unjudged";
  if (failure === null) return "succeeded";
  return responseStatus === GONE ? "gone" : "failed";
}

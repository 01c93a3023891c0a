import { InFlightWindow } from "../../../proto/media_stream/in_flight_window.ts";
import type { FlightPolicy, FlightState } from "./flight_policy.ts";
import { ACKNOWLEDGEMENTS_WANTED_AFTER_MS, LATENESS_CONFIRMATION_MS } from "../limits.ts";
import { RttFloor } from "./rtt_floor.ts";

/** What all streams to one subscriber share. */
export class SubscriberFlight {
  /** Bytes of all streams that are not acknowledged. */
  bytesInFlight = 0;
  /** Base round trip of the path. */
  readonly rttFloor = new RttFloor();
  /** Smoothed round trip of the stream acknowledged last, or undefined before the first. */
  smoothedRttMs: number | undefined;
  /** Called when a stream needs news of what has arrived. */
  readonly wantAcknowledgements: () => void;

  constructor(wantAcknowledgements: () => void = () => {}) {
    this.wantAcknowledgements = wantAcknowledgements;
  }
}

/** One stream on its way to a subscriber: what is in flight, and whether more may follow. */
export class Flight {
  readonly #window = new InFlightWindow();
  readonly #policy: FlightPolicy;
  readonly #shared: SubscriberFlight;
  #lastMovedAtMs = 0;
  #lateSinceMs: number | undefined;
  #stopped = false;
  #released = false;

  constructor(policy: FlightPolicy, shared: SubscriberFlight) {
    this.#policy = policy;
    this.#shared = shared;
  }

  /** True after a frame was refused, until everything before it was acknowledged. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Bytes that are not acknowledged. */
  get bytesInFlight(): number {
    return this.#window.bytesInFlight;
  }

  /** Whether a frame of `bytes` may be sent now. A refusal stops the stream. */
  admits(bytes: number, nowMs: number): boolean {
    if (this.wantsAcknowledgements(nowMs)) this.#shared.wantAcknowledgements();
    if (this.#stopped && !this.resume(nowMs)) return false;
    const admission = this.#policy.admits(this.#state(nowMs), bytes);
    if (admission === "admitted") {
      this.#lateSinceMs = undefined;
      return true;
    }
    if (admission === "late" && !this.#confirmedLate(nowMs)) return true;
    this.#lateSinceMs = undefined;
    this.#stopped = true;
    this.#shared.wantAcknowledgements();
    return false;
  }

  /**
   * Whether the stream cannot go on for long without hearing what has arrived: acknowledgements
   * that are read before anyone needs them wake the process once each.
   */
  wantsAcknowledgements(nowMs: number): boolean {
    return this.#stopped || this.#window.oldestAgeMs(nowMs) >= ACKNOWLEDGEMENTS_WANTED_AFTER_MS;
  }

  /** After a hitch of this process the acknowledgements are there, only not read yet. */
  #confirmedLate(nowMs: number): boolean {
    this.#lateSinceMs ??= nowMs;
    return nowMs - this.#lateSinceMs >= LATENESS_CONFIRMATION_MS;
  }

  /** Lets a stopped stream flow again if it may; true when it flows. */
  resume(nowMs: number): boolean {
    if (this.#stopped && this.#policy.resumes(this.#state(nowMs))) this.#stopped = false;
    return !this.#stopped;
  }

  /** Whether one frame of `bytes` may go although the stream is stopped. */
  probes(bytes: number, nowMs: number): boolean {
    return this.#policy.probes(this.#state(nowMs), bytes);
  }

  /** Records a write of `bytes`. */
  sent(bytes: number, nowMs: number): void {
    this.#window.sent(bytes, nowMs);
    this.#shared.bytesInFlight += bytes;
    this.#lastMovedAtMs = nowMs;
  }

  /** Takes the subscriber's cumulative count; false when it claims more than was sent. */
  acknowledge(receivedBytes: number, nowMs: number): boolean {
    const before = this.#window.bytesInFlight;
    if (!this.#window.acknowledge(receivedBytes, nowMs)) return false;
    const acknowledged = before - this.#window.bytesInFlight;
    if (acknowledged === 0 || this.#released) return true;
    this.#shared.bytesInFlight -= acknowledged;
    this.#lastMovedAtMs = nowMs;
    const rttMs = this.#window.smoothedRttMs;
    if (rttMs !== undefined) {
      this.#shared.smoothedRttMs = rttMs;
      this.#shared.rttFloor.add(rttMs, nowMs);
    }
    return true;
  }

  /** The stream is gone: what it had in flight no longer counts. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#shared.bytesInFlight -= this.#window.bytesInFlight;
  }

  #state(nowMs: number): FlightState {
    return {
      bytesInFlight: this.#window.bytesInFlight,
      subscriberBytesInFlight: this.#shared.bytesInFlight,
      oldestAgeMs: this.#window.oldestAgeMs(nowMs),
      baseRttMs: this.#shared.rttFloor.floorMs,
      quietMs: nowMs - this.#lastMovedAtMs,
    };
  }
}

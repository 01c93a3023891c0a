import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { addressKey } from "../../runtime/webtransport/address_limiter.ts";
import type { Clock } from "../clock.ts";
import { ConcurrencyLimit, CrowdedError } from "../state/concurrency_limit.ts";
import type { Meeting } from "./meeting.ts";
import { Refusal } from "./refusal.ts";

/** Meetings that are acquired side by side for peers who have proved nothing. */
export const MAX_UNPROVEN_AT_ONCE = 64;
/** Most that wait for their turn. */
export const MAX_UNPROVEN_WAITING = 2_000;
/** How long they wait at most, milliseconds. */
export const UNPROVEN_WAIT_LIMIT_MS = 3_000;
/** How long it is remembered that there is no such meeting, milliseconds. */
export const UNKNOWN_LIFETIME_MS = 5_000;
/** Most meetings of which that is remembered; the oldest are forgotten first. */
export const MAX_UNKNOWN = 10_000;
/** Meetings that do not exist which one address may name at once, and then in each second. */
export const VAIN_BURST = 50;
export const VAIN_PER_SECOND = 5;
/** Most addresses that are counted; those that named such a meeting longest ago are forgotten. */
export const MAX_VAIN_ADDRESSES = 10_000;

/** What one address named in vain, falling by {@link VAIN_PER_SECOND}. */
interface Vain {
  readonly count: number;
  readonly atMs: number;
}

/**
 * Opens meetings for peers who come without a token, and prove who they are only when their meeting
 * is there (a resume). What that costs the database is bounded: few meetings at once, each once, and
 * one that does not exist is not looked for again in a while. Only those are held against an address:
 * after the crash of a controller all of its people come for meetings that do exist, a thousand
 * meetings from one address, too.
 */
export class UnprovenOpenings {
  readonly #options: {
    readonly open: (meetingId: string) => Promise<Meeting>;
    readonly clock: Clock;
  };
  readonly #limit: ConcurrencyLimit;
  readonly #underWay = new Map<string, Promise<Meeting>>();
  /** Until when it is known that they do not exist, monotonic milliseconds; the oldest first. */
  readonly #unknown = new Map<string, number>();
  /** By address; the one that changed longest ago comes first. */
  readonly #vain = new Map<string, Vain>();

  /** @param options.open opens a meeting, or joins in where that is under way. */
  constructor(options: { open: (meetingId: string) => Promise<Meeting>; clock: Clock }) {
    this.#options = options;
    this.#limit = new ConcurrencyLimit({
      most: MAX_UNPROVEN_AT_ONCE,
      waitLimitMs: UNPROVEN_WAIT_LIMIT_MS,
      clock: options.clock,
    });
  }

  /**
   * @param address of the peer.
   * @throws {Refusal} as `open`, and UNAVAILABLE when too many ask.
   */
  async open(meetingId: string, address: string): Promise<Meeting> {
    const underWay = this.#underWay.get(meetingId);
    if (underWay !== undefined) return await underWay;
    const now = this.#options.clock.now();
    if ((this.#unknown.get(meetingId) ?? -Infinity) > now) throw unknown();
    if (this.#vainOf(addressKey(address), now) >= VAIN_BURST) throw crowded();
    if (this.#underWay.size >= MAX_UNPROVEN_AT_ONCE + MAX_UNPROVEN_WAITING) throw crowded();
    const opening = this.#open(meetingId, addressKey(address))
      .finally(() => this.#underWay.delete(meetingId));
    this.#underWay.set(meetingId, opening);
    return await opening;
  }

  async #open(meetingId: string, address: string): Promise<Meeting> {
    try {
      return await this.#limit.run(() => this.#options.open(meetingId));
    } catch (error) {
      if (error instanceof CrowdedError) throw crowded();
      if (error instanceof Refusal && error.code === ErrorCode.NOT_FOUND) {
        this.#onUnknown(meetingId, address);
      }
      throw error;
    }
  }

  #onUnknown(meetingId: string, address: string): void {
    const now = this.#options.clock.now();
    putLast(this.#unknown, meetingId, now + UNKNOWN_LIFETIME_MS, MAX_UNKNOWN);
    const vain = { count: this.#vainOf(address, now) + 1, atMs: now };
    putLast(this.#vain, address, vain, MAX_VAIN_ADDRESSES);
  }

  #vainOf(address: string, now: number): number {
    const { count, atMs } = this.#vain.get(address) ?? { count: 0, atMs: now };
    return Math.max(0, count - (now - atMs) / 1_000 * VAIN_PER_SECOND);
  }
}

/** Puts it where the newest are; the oldest goes when there are more than `most`. */
function putLast<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function unknown(): Refusal {
  return new Refusal(ErrorCode.NOT_FOUND, "there is no such meeting (any more)");
}

function crowded(): Refusal {
  return new Refusal(ErrorCode.UNAVAILABLE, "too many meetings are looked for; try again later");
}

import { type LinkCounters, NO_COUNTERS } from "./link_counters.ts";
import {
  defaultQueueBytes,
  type Direction,
  type DirectionProfile,
  type NetworkProfile,
} from "./network_profile.ts";
import { derivedSeed, seededRandom } from "./seeded_random.ts";

/** How long a packet is held back that others shall overtake, milliseconds. */
export const REORDER_HOLD_MS = 10;
/** Packets that one direction holds, waiting and on the way; more are dropped as by its queue. */
export const MAX_PACKETS_HELD = 16_384;

/** What became of a packet that was offered. */
export type OfferResult = "taken" | "queue" | "loss" | "blackout";

/** A packet before the line; its random decisions are made when it comes. */
interface WaitingPacket<T> {
  readonly packet: T;
  readonly bytes: number;
  readonly jitterShare: number;
  readonly heldBack: boolean;
}

/** A packet that has left the line. */
interface SentPacket<T> {
  readonly packet: T;
  readonly bytes: number;
  readonly dueMs: number;
}

/**
 * One direction of a path as a model: a queue that drops its tail, a line that serialises at a
 * rate, and a way behind it with delay, jitter and reordering. Loss strikes before the queue. It
 * has no clock: every call says what time it is, in milliseconds. A time before an earlier one
 * counts as that one.
 */
export class Link<T> {
  readonly #direction: Direction;
  readonly #index: number;
  #profile: NetworkProfile;
  #startedAtMs: number;
  /** Which of the profile's changes is in force. */
  #changeIndex = 0;
  #random: () => number;

  readonly #waiting: WaitingPacket<T>[] = [];
  #waitingBytes = 0;
  /** Bits of the first waiting packet that the line has not carried yet. */
  #headBits = 0;
  /** Until when the line's work is accounted for. */
  #servedUntilMs: number;
  /** Ordered by time. */
  #onTheWay: SentPacket<T>[] = [];
  #lastInOrderMs = Number.NEGATIVE_INFINITY;
  readonly #counters: { -readonly [K in keyof LinkCounters]: LinkCounters[K] } = { ...NO_COUNTERS };

  /**
   * @param options.index tells links of one profile apart: each makes its own random decisions.
   * @param options.startedAtMs when the profile was set, which its changes count from.
   */
  constructor(options: {
    direction: Direction;
    profile: NetworkProfile;
    index: number;
    startedAtMs: number;
    nowMs: number;
  }) {
    this.#direction = options.direction;
    this.#index = options.index;
    this.#profile = options.profile;
    this.#startedAtMs = options.startedAtMs;
    this.#servedUntilMs = options.nowMs;
    this.#random = this.#freshRandom();
    this.#advance(options.nowMs);
  }

  /** What it has carried and dropped so far; a copy. */
  get counters(): LinkCounters {
    return { ...this.#counters };
  }

  /** From now on behaves as `profile`; what is under way stays, unless a blackout begins. */
  setProfile(profile: NetworkProfile, nowMs: number): void {
    this.#advance(nowMs);
    this.#profile = profile;
    this.#startedAtMs = nowMs;
    this.#random = this.#freshRandom();
    this.#enter(0, nowMs);
  }

  /** Sends `packet`, of so many `bytes`. What is taken comes out of {@link take} in time. */
  offer(packet: T, bytes: number, nowMs: number): OfferResult {
    this.#advance(nowMs);
    this.#counters.offeredPackets++;
    // Always three numbers, so that the n-th packet meets the same fate whatever the others met.
    const lost = this.#random() < this.#current.lossRatio;
    const jitterShare = this.#random();
    const heldBack = this.#random() < this.#current.reorderRatio;
    if (this.#current.blackout) return this.#drop("blackout");
    if (lost) return this.#drop("loss");
    if (!this.#hasRoomFor(bytes)) return this.#drop("queue");
    if (this.#waiting.length === 0) this.#headBits = bytes * 8;
    this.#waiting.push({ packet, bytes, jitterShare, heldBack });
    this.#waitingBytes += bytes;
    this.#serve(nowMs);
    return "taken";
  }

  /**
   * The next packet that has arrived by `nowMs`, or undefined while there is none.
   *
   * @param earlyMs takes a packet so much before its time, for callers whose timers are coarse.
   */
  take(nowMs: number, earlyMs = 0): T | undefined {
    this.#advance(nowMs);
    const first = this.#onTheWay[0];
    if (first === undefined || first.dueMs > nowMs + earlyMs) return undefined;
    this.#onTheWay.shift();
    this.#counters.deliveredPackets++;
    this.#counters.deliveredBytes += first.bytes;
    return first.packet;
  }

  /** When {@link take} is worth asking next; undefined while nothing is under way. */
  nextDueMs(): number | undefined {
    let dueMs = this.#onTheWay[0]?.dueMs;
    if (this.#waiting.length > 0) {
      const headDueMs = this.#headLeavesMs() + this.#current.delayMs;
      dueMs = Math.min(dueMs ?? headDueMs, headDueMs, this.#nextChangeAtMs ?? headDueMs);
    }
    return dueMs;
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#waiting.length + this.#onTheWay.length >= MAX_PACKETS_HELD) return false;
    const { rateBps, queueBytes } = this.#current;
    if (rateBps === undefined) return true;
    return this.#waitingBytes + bytes <= (queueBytes ?? defaultQueueBytes(rateBps));
  }

  get #current(): DirectionProfile {
    return this.#profile.changes[this.#changeIndex]!.path[this.#direction];
  }

  get #nextChangeAtMs(): number | undefined {
    const change = this.#profile.changes[this.#changeIndex + 1];
    return change && this.#startedAtMs + change.atMs;
  }

  /** Brings the line up to `nowMs`, through every change of the profile until then. */
  #advance(nowMs: number): void {
    let changeAtMs: number | undefined;
    while ((changeAtMs = this.#nextChangeAtMs) !== undefined && changeAtMs <= nowMs) {
      this.#serve(changeAtMs);
      this.#enter(this.#changeIndex + 1, changeAtMs);
    }
    this.#serve(nowMs);
  }

  #enter(changeIndex: number, atMs: number): void {
    this.#changeIndex = changeIndex;
    if (this.#current.blackout) this.#loseEverything(atMs);
  }

  #loseEverything(atMs: number): void {
    const arrived = this.#onTheWay.filter(({ dueMs }) => dueMs <= atMs);
    this.#counters.droppedByBlackout += this.#onTheWay.length - arrived.length +
      this.#waiting.length;
    this.#onTheWay = arrived;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  /** Lets the line carry waiting packets until `untilMs` as it is now. */
  #serve(nowMs: number): void {
    const untilMs = Math.max(nowMs, this.#servedUntilMs);
    while (this.#waiting.length > 0) {
      const leavesMs = this.#headLeavesMs();
      if (leavesMs > untilMs) {
        this.#headBits -= (untilMs - this.#servedUntilMs) * this.#current.rateBps! / 1_000;
        break;
      }
      const head = this.#waiting.shift()!;
      this.#waitingBytes -= head.bytes;
      this.#headBits = (this.#waiting[0]?.bytes ?? 0) * 8;
      this.#servedUntilMs = leavesMs;
      this.#sendOff(head, leavesMs);
    }
    this.#servedUntilMs = untilMs;
  }

  #headLeavesMs(): number {
    const { rateBps } = this.#current;
    return this.#servedUntilMs + (rateBps === undefined ? 0 : this.#headBits * 1_000 / rateBps);
  }

  #sendOff({ packet, bytes, jitterShare, heldBack }: WaitingPacket<T>, leavesMs: number): void {
    const { delayMs, jitterMs } = this.#current;
    let dueMs = leavesMs + delayMs + jitterShare * jitterMs;
    if (heldBack) dueMs += REORDER_HOLD_MS;
    else this.#lastInOrderMs = dueMs = Math.max(dueMs, this.#lastInOrderMs);
    let position = this.#onTheWay.length;
    while (position > 0 && this.#onTheWay[position - 1]!.dueMs > dueMs) position--;
    this.#onTheWay.splice(position, 0, { packet, bytes, dueMs });
  }

  #drop(reason: Exclude<OfferResult, "taken">): OfferResult {
    if (reason === "queue") this.#counters.droppedByQueue++;
    else if (reason === "loss") this.#counters.droppedByLoss++;
    else this.#counters.droppedByBlackout++;
    return reason;
  }

  #freshRandom(): () => number {
    const index = this.#index * 2 + (this.#direction === "down" ? 0 : 1);
    return seededRandom(derivedSeed(this.#profile.seed, index));
  }
}

import {
  allocateBitrate,
  type AllocatedTrack,
  usefulRates,
} from "../congestion/bitrate_allocation.ts";
import { ALLOCATION_INTERVAL_MS, ALLOCATION_THRESHOLD, USABLE_ESTIMATE } from "../limits.ts";
import type { SubscriberPath } from "./subscriber_path.ts";
import type { VideoSubscription } from "./video_subscription.ts";

/** A stream of which nothing came for so long needs no more bits, milliseconds. */
const SENT_WITHIN_MS = 2_000;
/** How often bits are divided anew while a share may leave some over, milliseconds. */
const SHARE_INTERVAL_MS = 500;
/** How often while there are too few: who is not sent any more wants none. */
const SCARCE_INTERVAL_MS = 1_000;

/**
 * Divides what the path carries among the videos of one subscriber when something has changed: at
 * once when there are fewer bits, otherwise at most each {@link ALLOCATION_INTERVAL_MS}.
 */
export class BudgetDivision {
  readonly #path: SubscriberPath;
  readonly #videos: ReadonlySet<VideoSubscription>;
  #isDue = false;
  #hasShare = false;
  #dividedAtMs = -Infinity;
  #dividedBps = 0;
  #isLimited = false;
  #wantedBps = 0;

  constructor(path: SubscriberPath, videos: ReadonlySet<VideoSubscription>) {
    this.#path = path;
    this.#videos = videos;
  }

  /** Whether some video that is sent could use more than it gets. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** What sound and all videos that are sent could use, bits per second. */
  get wantedBps(): number {
    return this.#wantedBps;
  }

  /** The videos, or what they can use, have changed. */
  changed(): void {
    this.#isDue = true;
  }

  /** Milliseconds until a division that waits is due; Infinity when none does. */
  dueInMs(nowMs: number): number {
    return this.#isDue ? Math.max(0, this.#dividedAtMs + ALLOCATION_INTERVAL_MS - nowMs) : Infinity;
  }

  /** Divides if it is time to. */
  run(nowMs: number): void {
    const availableBps = this.#availableBps(nowMs);
    const elapsedMs = nowMs - this.#dividedAtMs;
    const change = availableBps / this.#dividedBps - 1;
    const falls = change < -ALLOCATION_THRESHOLD;
    const waits = this.#isDue || change > ALLOCATION_THRESHOLD ||
      (this.#hasShare && elapsedMs >= SHARE_INTERVAL_MS) ||
      (this.#isLimited && elapsedMs >= SCARCE_INTERVAL_MS);
    if (falls || (waits && elapsedMs >= ALLOCATION_INTERVAL_MS)) this.#divide(availableBps, nowMs);
  }

  /** Divides now. */
  divide(nowMs: number): void {
    this.#divide(this.#availableBps(nowMs), nowMs);
  }

  #availableBps(nowMs: number): number {
    const usableBps = this.#path.estimator.targetBitrateBps * USABLE_ESTIMATE;
    return Math.max(0, usableBps - this.#path.soundBps(nowMs));
  }

  #divide(availableBps: number, nowMs: number): void {
    this.#isDue = false;
    this.#dividedAtMs = nowMs;
    this.#dividedBps = availableBps;
    const videos = [...this.#videos].sort((a, b) => byRank(a.limits.rank, b.limits.rank));
    const visible: VideoSubscription[] = [];
    const tracks: AllocatedTrack[] = [];
    for (const video of videos) {
      const track = video.track(nowMs);
      if (track === undefined) {
        video.setBudget(0, 0, nowMs);
        continue;
      }
      visible.push(video);
      tracks.push(track);
    }
    const budgets = allocateBitrate(availableBps, tracks);
    this.#hasShare = tracks.length > 1 && tracks.some(({ kind }) => kind === "share");
    this.#measureWants(visible, tracks, budgets, nowMs);
    const spareBps = Math.max(0, availableBps - budgets.reduce((sum, bps) => sum + bps, 0));
    visible.forEach((video, index) => video.setBudget(budgets[index]!, spareBps, nowMs));
  }

  #measureWants(
    videos: readonly VideoSubscription[],
    tracks: readonly AllocatedTrack[],
    budgets: readonly number[],
    nowMs: number,
  ): void {
    this.#isLimited = false;
    this.#wantedBps = this.#path.soundBps(nowMs);
    tracks.forEach((track, index) => {
      if (!videos[index]!.isSent(nowMs - SENT_WITHIN_MS)) return;
      const { highestBps } = usefulRates(track);
      this.#wantedBps += highestBps;
      if (budgets[index]! < highestBps) this.#isLimited = true;
    });
  }
}

/** Infinity minus itself is no order. */
function byRank(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

import type { PathLoad } from "./path_report.ts";
import { withoutLag } from "./processor_lag.ts";

/** What a report that is overdue counts as in queue, milliseconds. */
const OVERDUE_QUEUE_MS = 60;
/** Time overdue from which nothing gets through, milliseconds. */
const SILENT_MS = 200;
/** Time without a report after which one means that the path carries again, milliseconds. */
const RESUMED_AFTER_MS = 250;
/** Backlog on a full path at which writing must stop, and at which it may go on, milliseconds. */
const BLOCKED_BACKLOG_MS = 200;
const UNBLOCKED_BACKLOG_MS = 80;
/** Backlog at which what is overdue is no late report: writing must stop, milliseconds. */
const OVERDUE_BACKLOG_MS = 150;

/** What is known of a path by which what is under way is judged. Times are milliseconds. */
export interface PathExpectation {
  /** Round trip of the empty path; undefined before one is known. */
  readonly baseRttMs: number | undefined;
  /** How often reports are to be expected. */
  readonly reportIntervalMs: number;
  /** Age that the oldest unreported byte reaches while the path fares well (`usualAgeMs`). */
  readonly usualAgeMs: number;
  /** What the very latest waited: an early sign of a queue (`QueueingDelay.risingMs`). */
  readonly risingMs: number;
  /** What others keep waiting. */
  readonly foreignQueueMs: number;
  /** What the path delivers, bits per second; 0 while that is not known. */
  readonly capacityBps: number;
  /** Whether a queue stands. */
  readonly isFull: boolean;
  /** Whether too much is under way before a round trip is known (`ReportedRate`). */
  readonly isFloodedAtStart: boolean;
}

/**
 * Judges what is under way, between reports: whether one is overdue, how long what was sent will still
 * take, and whether nothing but audio may be written until that has arrived.
 */
export class PathBlockage {
  #reportedAtMs = -Infinity;
  #resumedAtMs = -Infinity;
  #overdueMs = 0;
  #backlogMs = 0;
  #isBlocked = false;

  /** Whether anything was ever reported. */
  get hasReport(): boolean {
    return this.#reportedAtMs > -Infinity;
  }

  /** The queue that reports which do not come stand for, milliseconds; 0 while none is overdue. */
  get overdueMs(): number {
    return this.#overdueMs;
  }

  /** Whether nothing gets through, or so much is under way that it must arrive first. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Whether much of what is under way waits on this machine, `networkQueueMs` on the network. */
  isBacklogged(networkQueueMs: number): boolean {
    return this.#backlogMs - networkQueueMs > UNBLOCKED_BACKLOG_MS;
  }

  /** Takes note of a report; true when it ends a silence, so that the path carries again. */
  takeReport(nowMs: number): boolean {
    const isResumed = this.#isBlocked && nowMs - this.#reportedAtMs > RESUMED_AFTER_MS;
    if (isResumed) this.#resumedAtMs = nowMs;
    this.#reportedAtMs = nowMs;
    return isResumed;
  }

  /** Judges what is under way now. */
  judge({ oldestAgeMs, bytesInFlight, lagMs = 0 }: PathLoad, path: PathExpectation, nowMs: number) {
    const ageMs = withoutLag(Math.min(oldestAgeMs, nowMs - this.#resumedAtMs), lagMs);
    const { usualAgeMs, risingMs, foreignQueueMs } = path;
    this.#overdueMs = this.hasReport && ageMs > usualAgeMs
      ? Math.max(ageMs - usualAgeMs + OVERDUE_QUEUE_MS, risingMs)
      : 0;
    this.#backlogMs = toArriveMs(bytesInFlight, path) - (path.baseRttMs ?? 0) -
      path.reportIntervalMs / 2;
    const isSilent = ageMs > usualAgeMs + SILENT_MS;
    const isRising = this.#overdueMs > 0 && risingMs > OVERDUE_QUEUE_MS + foreignQueueMs;
    this.#isBlocked = isSilent || this.#isFlooded(path) || isRising;
  }

  #isFlooded({ isFull, isFloodedAtStart, foreignQueueMs }: PathExpectation): boolean {
    const limitMs = this.#isBlocked ? UNBLOCKED_BACKLOG_MS : BLOCKED_BACKLOG_MS;
    const ownBacklogMs = this.#backlogMs - foreignQueueMs;
    return (isFull && ownBacklogMs > limitMs) ||
      (this.#overdueMs > 0 && ownBacklogMs > OVERDUE_BACKLOG_MS) || isFloodedAtStart;
  }
}

/** How long it takes until as many bytes have arrived, milliseconds. */
function toArriveMs(bytes: number, { capacityBps }: PathExpectation): number {
  return capacityBps === 0 ? 0 : bytes * 8_000 / capacityBps;
}

import type { MediaHandlerInfo } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";

/** A handler that may be chosen. */
export interface Candidate {
  readonly info: MediaHandlerInfo;
  /** Meetings placed there since `info` was measured. */
  readonly placedSince: number;
  /** It failed a call of ours a short while ago. */
  readonly recentlyFailed: boolean;
}

/** How many streams and participants a meeting is expected to bring before it was measured. */
const EXPECTED_PARTICIPANTS = 4;
const EXPECTED_STREAMS = 8;

/**
 * The candidate with the most room, by the fuller of its two measures; one that failed recently
 * only when there is no other. Undefined when all are full.
 */
export function chooseMediaHandler(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  let bestScore = Infinity;
  for (const candidate of candidates) {
    const load = loadOf(candidate);
    if (load >= 1) continue;
    // A load is below 1, so that any failed one comes after all others.
    const score = load + (candidate.recentlyFailed ? 1 : 0);
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** 0 empty, 1 full. A handler that names no limit has no bound. */
function loadOf({ info, placedSince }: Candidate): number {
  const capacity = info.capacity;
  if (capacity === undefined) return 0;
  const share = (current: number, maximum: number, expected: number) => {
    if (maximum === 0) return 0;
    return current >= maximum ? 1 : Math.min((current + placedSince * expected) / maximum, 0.999);
  };
  return Math.max(
    share(capacity.currentParticipants, capacity.maxParticipants, EXPECTED_PARTICIPANTS),
    share(capacity.currentStreams, capacity.maxStreams, EXPECTED_STREAMS),
  );
}

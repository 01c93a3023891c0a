import {
  AUDIO_RATE_VIOLATION_INTERVAL_MS,
  MAX_AUDIO_FRAME_BURST,
  MAX_AUDIO_FRAMES_PER_SECOND,
} from "../limits.ts";

/**
 * A token bucket for the new frames of one stream of sound, since each goes to everyone in the
 * meeting: {@link MAX_AUDIO_FRAMES_PER_SECOND}, and {@link MAX_AUDIO_FRAME_BURST} at once. Pure.
 */
export class AudioRateLimit {
  #tokens = MAX_AUDIO_FRAME_BURST;
  #filledAtMs: number | undefined;
  #violatedAtMs = -Infinity;

  /** A new frame came; false when it is one too many. */
  admit(nowMs: number): boolean {
    const elapsedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    const filled = this.#tokens + (elapsedMs * MAX_AUDIO_FRAMES_PER_SECOND) / 1_000;
    this.#tokens = Math.min(MAX_AUDIO_FRAME_BURST, filled);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** One too many came; whether it counts: one does in {@link AUDIO_RATE_VIOLATION_INTERVAL_MS}. */
  violates(nowMs: number): boolean {
    if (nowMs - this.#violatedAtMs < AUDIO_RATE_VIOLATION_INTERVAL_MS) return false;
    this.#violatedAtMs = nowMs;
    return true;
  }
}

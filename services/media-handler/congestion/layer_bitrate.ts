/** Length of the measuring window, half of it at least, milliseconds. */
export const LAYER_BITRATE_WINDOW_MS = 1_000;
/** What is measured for less than this says nothing yet, milliseconds. */
const MIN_MEASURED_MS = 150;
/** Temporal layers told apart; higher ones count as the highest. */
export const MEASURED_TEMPORAL_LAYERS = 4;

/**
 * Measures what a published spatial layer really sends, by temporal layer: bytes of the window before
 * and of the one that runs.
 */
export class LayerBitrate {
  readonly #previousBytes = new Float64Array(MEASURED_TEMPORAL_LAYERS);
  readonly #currentBytes = new Float64Array(MEASURED_TEMPORAL_LAYERS);
  #previousMs = 0;
  #startedAtMs = -Infinity;

  /** Records a frame. */
  add(bytes: number, temporalLayer: number, nowMs: number): void {
    if (nowMs - this.#startedAtMs >= LAYER_BITRATE_WINDOW_MS / 2) this.#turn(nowMs);
    this.#currentBytes[Math.min(temporalLayer, MEASURED_TEMPORAL_LAYERS - 1)]! += bytes;
  }

  /** Rate up to and including `temporalLayer`, bits per second; 0 before it is known. */
  bitrateBps(temporalLayer: number, nowMs: number): number {
    const measuredMs = this.#previousMs + nowMs - this.#startedAtMs;
    if (!(measuredMs >= MIN_MEASURED_MS && measuredMs < Infinity)) return 0;
    let bytes = 0;
    const highest = Math.min(temporalLayer, MEASURED_TEMPORAL_LAYERS - 1);
    for (let layer = 0; layer <= highest; layer++) {
      bytes += this.#previousBytes[layer]! + this.#currentBytes[layer]!;
    }
    return (bytes * 8_000) / measuredMs;
  }

  #turn(nowMs: number): void {
    const elapsedMs = nowMs - this.#startedAtMs;
    // After a pause the window before says nothing of what comes now.
    const isRecent = elapsedMs < LAYER_BITRATE_WINDOW_MS;
    this.#previousMs = isRecent ? elapsedMs : 0;
    if (isRecent) this.#previousBytes.set(this.#currentBytes);
    else this.#previousBytes.fill(0);
    this.#currentBytes.fill(0);
    this.#startedAtMs = nowMs;
  }
}

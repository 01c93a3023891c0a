/** Weight of a new sample in the jitter (RFC 3550, section 6.4.1: 1/16). */
const JITTER_GAIN = 1 / 16;

/** Counts one published stream. The counters are plain fields since every frame touches them. */
export class StreamMeter {
  /** Bytes received from the publisher. */
  bytesReceived = 0;
  /** Bytes forwarded to all subscribers. */
  bytesSent = 0;
  /** Frames forwarded to all subscribers. */
  framesSent = 0;
  /** Frames that a subscriber did not get because too much was in flight to it. */
  framesSkipped = 0;
  /** Frames that nobody got because the stream was silenced. */
  framesSilenced = 0;
  /** Spread of the arrival times against the capture times (RFC 3550), milliseconds. */
  jitterMs = 0;
  #lastTransitMs: number | undefined;

  /** Records a frame of `bytes` captured at `timestampUs` of its publisher. */
  received(bytes: number, timestampUs: number, nowMs: number): void {
    this.bytesReceived += bytes;
    const transitMs = nowMs - timestampUs / 1000;
    if (this.#lastTransitMs !== undefined) {
      const deviationMs = Math.abs(transitMs - this.#lastTransitMs);
      this.jitterMs += JITTER_GAIN * (deviationMs - this.jitterMs);
    }
    this.#lastTransitMs = transitMs;
  }
}

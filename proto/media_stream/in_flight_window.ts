/** Most frames remembered as unacknowledged; a window this full is as good as blocked. */
export const MAX_IN_FLIGHT_FRAMES = 4096;
/** Weight of a new sample in the smoothed round trip (RFC 6298: 1/8). */
const RTT_GAIN = 1 / 8;

/**
 * What one sender has put on a unidirectional stream and the receiver has not acknowledged yet.
 * Writing to a QUIC stream exerts no backpressure of its own, so this is the only bound on what
 * piles up in the transport. Pure: the caller passes the time, in milliseconds of any one
 * monotonic clock.
 */
export class InFlightWindow {
  readonly #ends: number[] = [];
  readonly #sentAtMs: number[] = [];
  #first = 0;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #smoothedRttMs: number | undefined;
  #minimumRttMs: number | undefined;

  /** Bytes sent and not yet acknowledged. */
  get bytesInFlight(): number {
    return this.#sentBytes - this.#acknowledgedBytes;
  }

  /** Bytes acknowledged since the start of the stream. */
  get acknowledgedBytes(): number {
    return this.#acknowledgedBytes;
  }

  /** Bytes sent since the start of the stream. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Frames sent and not yet wholly acknowledged. */
  get framesInFlight(): number {
    return this.#ends.length - this.#first;
  }

  /** Smoothed time from a write to its acknowledgement, or undefined before the first one. */
  get smoothedRttMs(): number | undefined {
    return this.#smoothedRttMs;
  }

  /** Shortest time from a write to its acknowledgement, or undefined before the first one. */
  get minimumRttMs(): number | undefined {
    return this.#minimumRttMs;
  }

  /** Age of the oldest write that is not wholly acknowledged; 0 when there is none. */
  oldestAgeMs(nowMs: number): number {
    return this.#first < this.#ends.length ? nowMs - this.#sentAtMs[this.#first]! : 0;
  }

  /** Records `bytes` more on the stream. */
  sent(bytes: number, nowMs: number): void {
    this.#sentBytes += bytes;
    if (this.framesInFlight >= MAX_IN_FLIGHT_FRAMES) {
      this.#ends[this.#ends.length - 1] = this.#sentBytes;
      return;
    }
    this.#ends.push(this.#sentBytes);
    this.#sentAtMs.push(nowMs);
  }

  /**
   * Takes the receiver's cumulative count. An older count than one already seen, or one beyond what
   * was sent, changes nothing; the latter returns false, since only a faulty peer sends it.
   */
  acknowledge(receivedBytes: number, nowMs: number): boolean {
    if (receivedBytes > this.#sentBytes) return false;
    if (receivedBytes <= this.#acknowledgedBytes) return true;
    this.#acknowledgedBytes = receivedBytes;
    let newestSentAtMs: number | undefined;
    while (this.#first < this.#ends.length && this.#ends[this.#first]! <= receivedBytes) {
      newestSentAtMs = this.#sentAtMs[this.#first];
      this.#first++;
    }
    if (newestSentAtMs !== undefined) this.#measureRtt(nowMs - newestSentAtMs);
    this.#compact();
    return true;
  }

  #measureRtt(rttMs: number): void {
    this.#smoothedRttMs = this.#smoothedRttMs === undefined
      ? rttMs
      : this.#smoothedRttMs + RTT_GAIN * (rttMs - this.#smoothedRttMs);
    this.#minimumRttMs = Math.min(this.#minimumRttMs ?? rttMs, rttMs);
  }

  /** Frees what is acknowledged once it is the larger part, so that each frame is moved once. */
  #compact(): void {
    if (this.#first < 64 || this.#first * 2 < this.#ends.length) return;
    this.#ends.splice(0, this.#first);
    this.#sentAtMs.splice(0, this.#first);
    this.#first = 0;
  }
}

/** Decides by numbers from 0 (included) to 1 (excluded): the same ones decide the same. */
export class Choice {
  constructor(readonly random: () => number) {}

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** One of `values`. */
  among<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.random() < probability;
  }

  /** `length` bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) bytes[index] = this.below(256);
    return bytes;
  }

  /** A UUID of version 4 (RFC 9562, section 5.4). */
  uuid(): string {
    const bytes = this.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toHex();
    const ends = [0, 8, 12, 16, 20, 32];
    return ends.slice(1).map((end, index) => hex.slice(ends[index], end)).join("-");
  }
}

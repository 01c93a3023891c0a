/** One encoding of an own video stream that viewers may get. */
export interface SimulcastLayer {
  /** Number of the layer, from 0 (the smallest) up without gaps. */
  readonly spatialLayer: number;
  /** Its name in subscriptions: "low", "medium" or "high". */
  readonly layerId: string;
  readonly width: number;
  readonly height: number;
  /** Bits per second below which a smaller layer looks better. */
  readonly minBitrateBps: number;
  /** Bits per second above which it looks no better. */
  readonly maxBitrateBps: number;
}

/** What the encoder of one spatial layer of an own video stream is to make. */
export interface EncodingTarget {
  /** Number of the layer, 0 the smallest. */
  readonly spatialLayer: number;
  /** Bits per second to encode at; 0: nobody gets this layer, so it need not be encoded. */
  readonly bitrateBps: number;
  /** Highest temporal layer that anyone receives. */
  readonly maxTemporalLayer: number;
}

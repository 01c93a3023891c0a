/** How a stream of someone else is looked at (proto/README.md, `view_request`). */
export interface StreamView {
  readonly streamId: string;
  /** Device pixels that it is shown on; 0 by 0: not visible, so nothing of it is received. */
  readonly width: number;
  readonly height: number;
  /** Bits per second that it may take; 0 or absent: no cap. */
  readonly maxBitrateBps?: number;
  /** The one that the viewer looks at: gets bits before all others of its kind. */
  readonly focused?: boolean;
}

/** How a stream is subscribed to. */
export interface SubscribeOptions {
  /** The `layerId` of the best layer wanted; empty or absent: the best there is. */
  readonly preferredLayer?: string;
  /** Bits per second that it may take; 0 or absent: no cap. */
  readonly maxBitrateBps?: number;
}

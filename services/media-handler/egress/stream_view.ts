/** How a subscriber looks at one of its streams (`StreamView` of proto/README.md), checked for form. */
export interface StreamViewRequest {
  readonly streamId: string;
  /** Pixels that it is shown on; 0 by 0: not visible. */
  readonly width: number;
  readonly height: number;
  /** Bits per second that it may take; 0 for no cap. */
  readonly maxBitrateBps: number;
  /** Before all others of its kind. */
  readonly focused: boolean;
}

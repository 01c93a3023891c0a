import type { Size } from "./picture_size.ts";

/** How an own video stream is encoded now: what a page can tell its person. */
export interface LocalVideoQuality {
  /** This machine is too slow for more. */
  readonly cpuLimited: boolean;
  /** The layers that are encoded, smallest first. */
  readonly layers: readonly LocalLayerQuality[];
}

/** One layer that is encoded. */
export interface LocalLayerQuality extends Size {
  readonly spatialLayer: number;
  /** Most pictures a second. */
  readonly framerate: number;
}

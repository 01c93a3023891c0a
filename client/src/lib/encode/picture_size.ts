/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The largest picture of some kind, whichever way it is turned. */
export interface SizeBounds {
  readonly longSide: number;
  readonly shortSide: number;
}

const MINIMUM_SIDE = 16;

/**
 * The size in which to encode a picture: the same shape, within the bounds, both sides even (encoders
 * work on 2×2 colour blocks), never enlarged.
 */
export function fitSize(source: Size, bounds: SizeBounds): Size {
  const longSide = Math.max(source.width, source.height);
  const shortSide = Math.min(source.width, source.height);
  const scale = Math.min(1, bounds.longSide / longSide, bounds.shortSide / shortSide);
  return scaleSize(source, scale);
}

/** This share of a picture's width and height, both sides even. */
export function scaleSize(size: Size, scale: number): Size {
  return { width: evenSide(size.width * scale), height: evenSide(size.height * scale) };
}

/** How many pixels a picture has. */
export function pixelsOf(size: Size): number {
  return size.width * size.height;
}

/** Whether two pictures have the same width and height. */
export function sameSize(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

function evenSide(pixels: number): number {
  return Math.max(MINIMUM_SIDE, Math.floor((pixels + 0.01) / 2) * 2);
}

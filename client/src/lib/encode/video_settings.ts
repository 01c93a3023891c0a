/** What a video stream shows: it decides between smoothness and sharpness. */
export type VideoPurpose = "camera" | "screen";

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

interface PurposeLimits {
  readonly longSide: number;
  readonly shortSide: number;
  readonly framerate: number;
  readonly bitrateFactor: number;
}

const LIMITS: Readonly<Record<VideoPurpose, PurposeLimits>> = {
  camera: { longSide: 1280, shortSide: 720, framerate: 30, bitrateFactor: 1 },
  // Text needs more bits a picture than a face, and comes in fewer pictures.
  screen: { longSide: 1920, shortSide: 1080, framerate: 15, bitrateFactor: 1.2 },
};

/** 640×360 at 600 kbps is the reference point, 1280×720 comes out at 1.5 Mbps. */
const REFERENCE_PIXELS = 640 * 360;
const REFERENCE_BITRATE_BPS = 600_000;
/** Bits grow slower than pixels: 2.5 times the rate for four times the picture. */
const BITRATE_EXPONENT = Math.log(2.5) / Math.log(4);
const MINIMUM_BITRATE_BPS = 100_000;
const MINIMUM_SIDE = 16;

/**
 * The size in which to encode a picture: the same shape, within the bounds of its purpose, both sides
 * even (encoders work on 2×2 colour blocks), never enlarged.
 */
export function encodedSize(source: Size, purpose: VideoPurpose): Size {
  const limits = LIMITS[purpose];
  const longSide = Math.max(source.width, source.height);
  const shortSide = Math.min(source.width, source.height);
  const scale = Math.min(1, limits.longSide / longSide, limits.shortSide / shortSide);
  return { width: evenSide(source.width * scale), height: evenSide(source.height * scale) };
}

/** Target rate for pictures of this size, in bits per second. */
export function bitrateBps(size: Size, purpose: VideoPurpose): number {
  const pixels = size.width * size.height;
  const rate = REFERENCE_BITRATE_BPS * (pixels / REFERENCE_PIXELS) ** BITRATE_EXPONENT *
    LIMITS[purpose].bitrateFactor;
  return Math.round(Math.max(MINIMUM_BITRATE_BPS, rate));
}

/** Most pictures a second that are encoded for this purpose. */
export function maximumFramerate(purpose: VideoPurpose): number {
  return LIMITS[purpose].framerate;
}

function evenSide(pixels: number): number {
  return Math.max(MINIMUM_SIDE, Math.floor((pixels + 0.01) / 2) * 2);
}

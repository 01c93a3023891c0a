import { invalid } from "../meeting/refusal.ts";

/** Most pixels of a picture in one direction. */
export const MAX_DIMENSION = 16_384;

/**
 * Width and height of a picture, pixels; 0 when the publisher does not tell.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readPictureSize({ width, height }: { width: number; height: number }) {
  if (width > MAX_DIMENSION || height > MAX_DIMENSION) {
    throw invalid(`a picture is wider or higher than ${MAX_DIMENSION}`);
  }
  return { width, height };
}

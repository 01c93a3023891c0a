/** Screens that one participant shares at once. */
export const MAXIMUM_SHARES = 4;

/**
 * Cameras besides the first that one participant sends at once: with three layers each, shares and sound
 * they stay within the 16 streams that a client may have open (proto/README.md, "Limits").
 */
export const MAXIMUM_EXTRA_CAMERAS = 2;

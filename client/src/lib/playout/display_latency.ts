/**
 * How long a picture takes from the animation frame that has it to the eye, ms: the compositor and the
 * scan-out take about one refresh of a 60 Hz screen each. Browsers do not tell it, as they tell the
 * `outputLatency` of sound, so that the two can be weighed against each other only by a constant.
 */
export const DISPLAY_LATENCY_MS = 32;

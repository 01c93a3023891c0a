/** Frames after which concealed sound has faded to silence: 20 ms. */
export const CONCEALMENT_FADE_FRAMES = 960;

/** Frames over which real sound fades in after a concealed gap: 5 ms. */
export const RETURN_FADE_FRAMES = 240;

/**
 * Sound for a hole of `frames` frames after `last` (planar, one array per channel): the last sound
 * mirrored back and forth, fading to silence, so that it joins without a step.
 */
export function concealGap(
  last: readonly Float32Array[],
  frames: number,
): Float32Array<ArrayBuffer>[] {
  return last.map((samples) => {
    const concealed = new Float32Array(frames);
    const length = samples.length;
    if (length === 0) return concealed;
    for (let index = 0; index < Math.min(frames, CONCEALMENT_FADE_FRAMES); index++) {
      const position = index % (2 * length);
      const mirrored = position < length ? length - 1 - position : position - length;
      const gain = 1 - index / CONCEALMENT_FADE_FRAMES;
      concealed[index] = (samples[mirrored] ?? 0) * gain;
    }
    return concealed;
  });
}

/** Fades the start of the sound in, in place. */
export function fadeIn(channels: readonly Float32Array[]): void {
  for (const samples of channels) {
    const frames = Math.min(RETURN_FADE_FRAMES, samples.length);
    for (let index = 0; index < frames; index++) {
      samples[index] = (samples[index] ?? 0) * ((index + 0.5) / frames);
    }
  }
}

/** Video codecs that this client sends and receives, as WebCodecs names them. */
export const VIDEO_CODECS = ["vp8", "vp09.00.10.08"] as const;
export type VideoCodec = typeof VIDEO_CODECS[number];

/** Machines with no more cores than this encode VP8: VP9 in software costs twice as much. */
const VP8_CORES = 4;

/**
 * The codec to send: VP9 where the machine has cores to spare, else VP8, and the other one when the
 * browser cannot encode the first.
 *
 * @throws {Error} when the browser can encode neither.
 */
export async function chooseVideoCodec(
  cores: number,
  isSupported: (codec: VideoCodec) => Promise<boolean>,
): Promise<VideoCodec> {
  const preferred: readonly VideoCodec[] = cores <= VP8_CORES
    ? VIDEO_CODECS
    : VIDEO_CODECS.toReversed();
  for (const codec of preferred) {
    if (await isSupported(codec).catch(() => false)) return codec;
  }
  throw new Error("this browser can encode neither VP8 nor VP9");
}

/**
 * Video codecs that this client sends and receives, as WebCodecs names them; the better first. VP9 in
 * software takes no longer than VP8 for one large layer and makes more of its bits (ops/decisions,
 * 2026-11-21).
 */
export const VIDEO_CODECS = ["vp09.00.10.08", "vp8"] as const;
export type VideoCodec = typeof VIDEO_CODECS[number];

/**
 * The codec to send: the first that the browser can encode.
 *
 * @throws {Error} when the browser can encode none.
 */
export async function chooseVideoCodec(
  isSupported: (codec: VideoCodec) => Promise<boolean>,
): Promise<VideoCodec> {
  for (const codec of VIDEO_CODECS) {
    if (await isSupported(codec).catch(() => false)) return codec;
  }
  throw new Error("this browser can encode neither VP9 nor VP8");
}

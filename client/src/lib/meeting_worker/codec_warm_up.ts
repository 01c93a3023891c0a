import { audioEncoderConfig } from "../encode/audio_stream_encoder.ts";
import type { VideoCodec } from "../encode/video_codec.ts";
import type { Size } from "../encode/video_settings.ts";
import { videoEncoderConfig } from "../encode/video_stream_encoder.ts";

/** The size that a preview usually has. */
export const PREVIEW_SIZE: Size = { width: 640, height: 360 };
const SILENCE_FRAMES = 960;

/**
 * Runs one picture and one packet through every codec and onto a canvas, so that libraries are loaded and threads started
 * before someone clicks Join. What fails here fails again, visibly, when it is needed.
 */
export async function warmUpCodecs(codec: VideoCodec): Promise<void> {
  await Promise.allSettled([warmUpVideo(codec), warmUpAudio()]);
}

async function warmUpVideo(codec: VideoCodec): Promise<void> {
  const canvas = new OffscreenCanvas(PREVIEW_SIZE.width, PREVIEW_SIZE.height);
  const context = canvas.getContext("2d", { alpha: false });
  const decoder = new VideoDecoder({
    output: (frame) => {
      context?.drawImage(frame, 0, 0);
      frame.close();
    },
    error: () => undefined,
  });
  decoder.configure({ codec, optimizeForLatency: true });
  const encoder = new VideoEncoder({
    output: (chunk) => decoder.decode(chunk),
    error: () => undefined,
  });
  try {
    encoder.configure(videoEncoderConfig(codec, "camera", PREVIEW_SIZE));
    const { width, height } = PREVIEW_SIZE;
    const grey = new Uint8Array(width * height * 3 / 2).fill(128);
    const frame = new VideoFrame(grey, {
      format: "I420",
      codedWidth: width,
      codedHeight: height,
      timestamp: 0,
    });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
    await encoder.flush();
    await decoder.flush();
  } finally {
    encoder.close();
    decoder.close();
  }
}

async function warmUpAudio(): Promise<void> {
  const { codec, sampleRate } = audioEncoderConfig(1);
  const decoder = new AudioDecoder({ output: (sound) => sound.close(), error: () => undefined });
  decoder.configure({ codec, sampleRate, numberOfChannels: 2 });
  const encoder = new AudioEncoder({
    output: (chunk) => decoder.decode(chunk),
    error: () => undefined,
  });
  try {
    encoder.configure(audioEncoderConfig(1));
    const silence = new AudioData({
      format: "f32-planar",
      sampleRate,
      numberOfFrames: SILENCE_FRAMES,
      numberOfChannels: 1,
      timestamp: 0,
      data: new Float32Array(SILENCE_FRAMES),
    });
    encoder.encode(silence);
    silence.close();
    await encoder.flush();
    await decoder.flush();
  } finally {
    encoder.close();
    decoder.close();
  }
}

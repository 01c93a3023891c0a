import { audioEncoderConfig } from "../encode/audio_stream_encoder.ts";
import { videoEncoderConfig } from "../encode/layer_encoder.ts";
import type { LayerPlan } from "../encode/layer_plan.ts";
import type { VideoCodec } from "../encode/video_codec.ts";

/** An encoding as a camera's middle layer has it. */
export const WARM_UP_PLAN: LayerPlan = {
  width: 640,
  height: 360,
  bitrateBps: 300_000,
  framerate: 30,
  scalabilityMode: "L1T3",
  contentHint: "motion",
};
const SILENCE_FRAMES = 960;

/**
 * Runs one picture and one packet through every codec and onto a canvas, so that libraries are loaded and threads started
 * before someone clicks Join. What fails here fails again, visibly, when it is needed.
 */
export async function warmUpCodecs(codec: VideoCodec): Promise<void> {
  await Promise.allSettled([warmUpVideo(codec), warmUpAudio()]);
}

async function warmUpVideo(codec: VideoCodec): Promise<void> {
  const canvas = new OffscreenCanvas(WARM_UP_PLAN.width, WARM_UP_PLAN.height);
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
    encoder.configure(videoEncoderConfig(codec, WARM_UP_PLAN));
    const { width, height } = WARM_UP_PLAN;
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
  const { codec, sampleRate } = audioEncoderConfig("voice", 1);
  const decoder = new AudioDecoder({ output: (sound) => sound.close(), error: () => undefined });
  decoder.configure({ codec, sampleRate, numberOfChannels: 2 });
  const encoder = new AudioEncoder({
    output: (chunk) => decoder.decode(chunk),
    error: () => undefined,
  });
  try {
    encoder.configure(audioEncoderConfig("voice", 1));
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

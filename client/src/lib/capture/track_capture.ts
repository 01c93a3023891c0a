/** Captured video frames that wait for the worker; older ones are dropped by the browser. */
const VIDEO_BUFFERED_FRAMES = 1;
/** Captured pieces of sound (10 ms each) that wait for the worker. */
const AUDIO_BUFFERED_PIECES = 20;

const DEFAULT_WIDTH = 640;
const DEFAULT_HEIGHT = 360;
const DEFAULT_FRAMERATE = 30;

/** A camera or a shared screen on its way to the worker. */
export interface VideoInput {
  readonly frames: ReadableStream<VideoFrame>;
  readonly width: number;
  readonly height: number;
  readonly framerate: number;
  readonly label: string;
}

/** A microphone or a screen's sound on its way to the worker. */
export interface AudioInput {
  readonly sound: ReadableStream<AudioData>;
  readonly channelCount: 1 | 2;
  readonly label: string;
}

/** The browser lacks something that the media engine cannot do without. */
export class UnsupportedBrowserError extends Error {
  override readonly name = "UnsupportedBrowserError";
}

/** Names of what the media engine needs and this browser lacks; empty when all is there. */
export function missingCapabilities(): string[] {
  const needed = [
    "WebTransport",
    "VideoEncoder",
    "VideoDecoder",
    "AudioEncoder",
    "AudioDecoder",
    "MediaStreamTrackProcessor",
    "OffscreenCanvas",
    "AudioWorkletNode",
  ];
  return needed.filter((name) => !(name in globalThis));
}

/** Starts to read pictures off a track. The stream ends with the track. */
export function captureVideo(track: MediaStreamTrack): VideoInput {
  const settings = track.getSettings();
  const processor = new MediaStreamTrackProcessor<VideoFrame>({
    track,
    maxBufferSize: VIDEO_BUFFERED_FRAMES,
  });
  return {
    frames: processor.readable,
    width: settings.width ?? DEFAULT_WIDTH,
    height: settings.height ?? DEFAULT_HEIGHT,
    framerate: Math.max(1, Math.round(settings.frameRate ?? DEFAULT_FRAMERATE)),
    label: track.label,
  };
}

/** Starts to read sound off a track. The stream ends with the track. */
export function captureAudio(track: MediaStreamTrack): AudioInput {
  const processor = new MediaStreamTrackProcessor<AudioData>({
    track,
    maxBufferSize: AUDIO_BUFFERED_PIECES,
  });
  return {
    sound: processor.readable,
    channelCount: track.getSettings().channelCount === 2 ? 2 : 1,
    label: track.label,
  };
}

import { CaptureClock } from "../capture/capture_clock.ts";
import { FramePacer } from "./frame_pacer.ts";
import { KeyFrameSchedule } from "./key_frame_schedule.ts";
import type { VideoCodec } from "./video_codec.ts";
import {
  bitrateBps,
  encodedSize,
  maximumFramerate,
  type Size,
  type VideoPurpose,
} from "./video_settings.ts";

/** Frames that wait inside the encoder before newer ones are left out. */
const MAXIMUM_QUEUED_FRAMES = 2;
/** A key frame waits for the next captured frame when that is at most this far away. */
const KEY_FRAME_PATIENCE_MS = 10;
/** Encoders that may fail in a row, without a frame between, before the stream gives up. */
const MAXIMUM_FAILURES = 3;
const DEFAULT_INTERVAL_MS = 1_000 / 30;

/** One encoded picture. */
export interface EncodedPicture {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly timestampUs: number;
  readonly keyFrame: boolean;
}

export interface VideoStreamEncoderOptions {
  readonly codec: VideoCodec;
  readonly purpose: VideoPurpose;
  /** Takes what was encoded, in order. */
  onPicture(picture: EncodedPicture): void;
  /** Whether the sender can go on only at a key frame. */
  wantsKeyFrame(): boolean;
  /** The encoder failed for good. */
  onFailure(error: Error): void;
  readonly now?: () => number;
}

/** The configuration with which pictures of this size are encoded. */
export function videoEncoderConfig(
  codec: VideoCodec,
  purpose: VideoPurpose,
  size: Size,
): VideoEncoderConfig {
  return {
    codec,
    width: size.width,
    height: size.height,
    bitrate: bitrateBps(size, purpose),
    framerate: maximumFramerate(purpose),
    latencyMode: "realtime",
    contentHint: purpose === "screen" ? "detail" : "motion",
  };
}

/**
 * Encodes one stream of captured frames: follows their size, thins their rate, leaves frames out when the
 * encoder is behind, and makes a key frame at once when one is asked for.
 */
export class VideoStreamEncoder {
  readonly #options: VideoStreamEncoderOptions;
  readonly #now: () => number;
  readonly #clock: CaptureClock;
  readonly #pacer: FramePacer;
  readonly #keyFrames = new KeyFrameSchedule();
  #encoder: VideoEncoder | undefined;
  #size: Size | undefined;
  /** The newest captured frame, kept so that a key frame need not wait for the next one. */
  #newest: VideoFrame | undefined;
  #newestEncoded = true;
  #newestAtMs = -Infinity;
  #intervalMs = DEFAULT_INTERVAL_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: VideoStreamEncoderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#clock = new CaptureClock(this.#now);
    this.#pacer = new FramePacer(maximumFramerate(options.purpose));
  }

  /** Another track begins: its clock and its pictures are new. */
  startTrack(): void {
    this.#clock.restart();
    this.#forget();
    this.requestKeyFrame();
  }

  /** Takes a captured frame, and closes it. */
  encode(frame: VideoFrame): void {
    if (this.#closed) return frame.close();
    const accepted = this.#pacer.accept(frame.timestamp);
    this.#keep(frame);
    if (accepted && this.#hasRoom()) this.#encodeNewest();
    // The last frame before a still picture must be seen too, even if it came too soon.
    else this.#later(1_000 / maximumFramerate(this.#options.purpose));
  }

  /** Makes a key frame now, of the newest frame again unless the next one is about to come. */
  requestKeyFrame(): void {
    this.#keyFrames.request();
    if (!this.#newest) return;
    const untilNextMs = this.#newestAtMs + this.#intervalMs - this.#now();
    if (Math.abs(untilNextMs) <= KEY_FRAME_PATIENCE_MS) {
      this.#later(KEY_FRAME_PATIENCE_MS + Math.max(0, untilNextMs));
    } else this.#repeatNewest();
  }

  /** Stops to keep a picture, as when the camera is turned off. */
  pause(): void {
    this.#forget();
  }

  /** Ends the stream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    closeEncoder(this.#encoder);
    this.#encoder = undefined;
  }

  #keep(frame: VideoFrame): void {
    const nowMs = this.#now();
    const intervalMs = nowMs - this.#newestAtMs;
    if (intervalMs < 1_000) this.#intervalMs += (intervalMs - this.#intervalMs) / 8;
    const stamped = new VideoFrame(frame, { timestamp: this.#clock.at(frame.timestamp) });
    frame.close();
    this.#newest?.close();
    this.#newest = stamped;
    this.#newestEncoded = false;
    this.#newestAtMs = nowMs;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#newest?.close();
    this.#newest = undefined;
    this.#newestEncoded = true;
  }

  #hasRoom(): boolean {
    return (this.#encoder?.encodeQueueSize ?? 0) <= MAXIMUM_QUEUED_FRAMES;
  }

  #later(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#newestEncoded || this.#keyFrames.pending) this.#repeatNewest();
    }, delayMs);
  }

  #repeatNewest(): void {
    const newest = this.#newest;
    if (!newest) return;
    if (!this.#hasRoom()) return this.#later(this.#intervalMs);
    this.#newest = new VideoFrame(newest, { timestamp: this.#clock.repeated() });
    newest.close();
    this.#encodeNewest();
  }

  #encodeNewest(): void {
    const frame = this.#newest;
    if (!frame) return;
    clearTimeout(this.#timer);
    this.#newestEncoded = true;
    try {
      const encoder = this.#encoderFor(frame);
      const keyFrame = this.#keyFrames.next(this.#now(), this.#options.wantsKeyFrame());
      encoder.encode(frame, { keyFrame });
    } catch (error) {
      this.#fail(error);
    }
  }

  #encoderFor(frame: VideoFrame): VideoEncoder {
    const size = encodedSize(
      { width: frame.displayWidth, height: frame.displayHeight },
      this.#options.purpose,
    );
    const sameSize = size.width === this.#size?.width && size.height === this.#size.height;
    if (this.#encoder && sameSize) return this.#encoder;
    this.#encoder ??= this.#createEncoder();
    this.#encoder.configure(videoEncoderConfig(this.#options.codec, this.#options.purpose, size));
    this.#size = size;
    this.#keyFrames.request();
    return this.#encoder;
  }

  #createEncoder(): VideoEncoder {
    const encoder = new VideoEncoder({
      output: (chunk) => {
        if (this.#encoder !== encoder) return;
        this.#failures = 0;
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        this.#options.onPicture({
          data,
          timestampUs: chunk.timestamp,
          keyFrame: chunk.type === "key",
        });
      },
      error: (error) => {
        if (this.#encoder === encoder) this.#fail(error);
      },
    });
    return encoder;
  }

  #fail(cause: unknown): void {
    closeEncoder(this.#encoder);
    this.#encoder = undefined;
    this.#size = undefined;
    this.#keyFrames.request();
    this.#failures++;
    if (this.#failures < MAXIMUM_FAILURES) return this.#later(this.#intervalMs);
    this.close();
    this.#options.onFailure(new Error("the video encoder failed", { cause }));
  }
}

function closeEncoder(encoder: VideoEncoder | undefined): void {
  if (encoder && encoder.state !== "closed") encoder.close();
}

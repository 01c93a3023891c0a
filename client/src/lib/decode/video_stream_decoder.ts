import type { ReceivedFrame } from "./received_frame.ts";

/** A decoder that takes frames and gives no picture for this long is replaced. */
export const STALLED_AFTER_MS = 500;
/** The same for its first picture: on a busy machine it takes its time to start. */
export const STARTED_AFTER_MS = 1_500;
/** Pictures that wait inside the decoder before it starts anew at a key frame. */
const MAXIMUM_QUEUED_FRAMES = 90;

export interface VideoStreamDecoderOptions {
  /** WebCodecs codec string. */
  readonly codec: string;
  /** Takes a decoded picture, which it closes. */
  onPicture(picture: VideoFrame): void;
  /** Nothing can be decoded until a key frame comes. */
  onKeyFrameNeeded(): void;
  readonly now: () => number;
}

/**
 * Decodes one stream and gets over what goes wrong on the way: an error, a decoder that gives
 * nothing, one that is hopelessly behind. Other sizes and layers begin at key frames and need no
 * new decoder.
 */
export class VideoStreamDecoder {
  readonly #options: VideoStreamDecoderOptions;
  #decoder: VideoDecoder | undefined;
  #started = false;
  /** Whether this decoder has given a picture. */
  #proven = false;
  /** Since when the decoder owes a picture. */
  #owingSinceMs: number | undefined;

  constructor(options: VideoStreamDecoderOptions) {
    this.#options = options;
  }

  /** Whether nothing but a key frame can be decoded. */
  get waiting(): boolean {
    return !this.#started;
  }

  /** Frames that wait for the decoder. */
  get queuedFrames(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  /** Gets a decoder ready, since that takes its time. */
  prepare(): void {
    try {
      this.#decoder ??= this.#create();
    } catch {
      // A codec that this browser lacks shows when there is something to decode.
    }
  }

  /** Takes the stream's next frame. */
  decode(frame: ReceivedFrame): void {
    if (!this.#started && !frame.keyFrame) return this.#options.onKeyFrameNeeded();
    try {
      const decoder = this.#decoder ??= this.#create();
      if (decoder.decodeQueueSize > MAXIMUM_QUEUED_FRAMES) return this.#recover();
      decoder.decode(
        new EncodedVideoChunk({
          type: frame.keyFrame ? "key" : "delta",
          timestamp: frame.timestampUs,
          data: frame.data,
        }),
      );
      this.#started = true;
      this.#owingSinceMs ??= this.#options.now();
    } catch {
      this.#recover();
    }
  }

  /** Replaces a decoder that has stalled; call it a few times a second. */
  check(): void {
    if (this.#owingSinceMs === undefined) return;
    const patienceMs = this.#proven ? STALLED_AFTER_MS : STARTED_AFTER_MS;
    if (this.#options.now() - this.#owingSinceMs > patienceMs) this.#recover();
  }

  /** Forgets everything; the next key frame starts anew. */
  reset(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#started = false;
    this.#proven = false;
    this.#owingSinceMs = undefined;
    if (decoder && decoder.state !== "closed") decoder.close();
  }

  #create(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (picture) => {
        if (this.#decoder !== decoder) return picture.close();
        this.#proven = true;
        this.#owingSinceMs = decoder.decodeQueueSize > 0 ? this.#options.now() : undefined;
        this.#options.onPicture(picture);
      },
      error: () => {
        if (this.#decoder === decoder) this.#recover();
      },
    });
    decoder.configure({ codec: this.#options.codec, optimizeForLatency: true });
    return decoder;
  }

  #recover(): void {
    this.reset();
    this.#options.onKeyFrameNeeded();
  }
}

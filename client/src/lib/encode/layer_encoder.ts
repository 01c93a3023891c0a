import { FramePacer } from "./frame_pacer.ts";
import { KeyFrameSchedule } from "./key_frame_schedule.ts";
import type { LayerPlan } from "./layer_plan.ts";
import { sameSize } from "./picture_size.ts";
import type { VideoCodec } from "./video_codec.ts";

/** Frames inside the encoder beyond which newer ones wait outside, where the newest replaces the others. */
const MAXIMUM_IN_FLIGHT = 2;
/** A frame inside the encoder for longer than this was dropped by it, ms; slow machines take 300. */
const IN_FLIGHT_PATIENCE_MS = 1_000;
/** An encoder that is given frames but makes nothing of them for this long is replaced, ms. */
const STALLED_AFTER_MS = 2_000;
/** Encoders that may fail in a row, without a frame between, before the layer gives up. */
const MAXIMUM_FAILURES = 3;
/** The temporal layer of L1T3 on which no other frame depends. */
const TOP_TEMPORAL_LAYER = 2;

/** One encoded picture of one spatial layer. */
export interface EncodedPicture {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly timestampUs: number;
  readonly keyFrame: boolean;
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** No other frame depends on this one. */
  readonly discardable: boolean;
}

export interface LayerEncoderOptions {
  readonly codec: VideoCodec;
  readonly spatialLayer: number;
  /** Takes what was encoded, in order, and how long that took. */
  onPicture(picture: EncodedPicture, encodeMs: number): void;
  /** Whether the sender can go on with this layer only at a key frame. */
  needsKeyFrame(): boolean;
  /** The encoder broke; another one is made for the next frame. */
  onBroken(): void;
  /** Encoders of this layer failed for good. */
  onFailure(error: Error): void;
  readonly now: () => number;
}

/**
 * The configuration that a plan means. Constant bitrate, since the VP9 of Chromium 156 does not follow a
 * lower rate in the variable mode with temporal layers (1.1 Mbit/s at a target of 0.2), and VP8 overshoots a
 * higher one twice as far.
 */
export function videoEncoderConfig(codec: VideoCodec, plan: LayerPlan): VideoEncoderConfig {
  return {
    codec,
    width: plan.width,
    height: plan.height,
    bitrate: plan.bitrateBps,
    bitrateMode: "constant",
    framerate: plan.framerate,
    scalabilityMode: plan.scalabilityMode,
    contentHint: plan.contentHint,
    latencyMode: "realtime",
  };
}

/**
 * Encodes one spatial layer of a stream, scaling to its size. A new rate is taken up with the next frame and
 * without a key frame; another size costs one.
 */
export class LayerEncoder {
  readonly #options: LayerEncoderOptions;
  readonly #keyFrames = new KeyFrameSchedule();
  readonly #pacer = new FramePacer(30);
  #plan: LayerPlan | undefined;
  #maxTemporalLayer = Infinity;
  #encoder: VideoEncoder | undefined;
  /** Size and temporal layers that the encoder has now. */
  #configured: LayerPlan | undefined;
  /** Frames inside the encoder, oldest first. */
  #inFlight: { readonly timestampUs: number; readonly sinceMs: number }[] = [];
  #waitingSinceMs: number | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: LayerEncoderOptions) {
    this.#options = options;
  }

  /** How it encodes now; undefined before the first plan. */
  get plan(): LayerPlan | undefined {
    return this.#plan;
  }

  /** Encodes by this plan from the next frame on. */
  setPlan(plan: LayerPlan): void {
    this.#plan = plan;
    this.#pacer.setFramerate(plan.framerate);
  }

  /** Hands out nothing above this temporal layer, from the next frame on. */
  setMaxTemporalLayer(maxTemporalLayer: number): void {
    this.#maxTemporalLayer = maxTemporalLayer;
  }

  /** Makes the next frame a key frame. */
  requestKeyFrame(): void {
    this.#keyFrames.request();
  }

  /** Whether a requested key frame has not been encoded yet. */
  get keyFramePending(): boolean {
    return this.#keyFrames.pending;
  }

  /** Whether a frame captured at this time is to be encoded at this layer's frame rate. */
  due(timestampUs: number): boolean {
    return this.#pacer.accept(timestampUs);
  }

  /** Whether the encoder would take up a frame without letting it wait. */
  hasRoom(): boolean {
    const nowMs = this.#options.now();
    const inside = this.#inFlight.filter(({ sinceMs }) => nowMs - sinceMs < IN_FLIGHT_PATIENCE_MS);
    return inside.length < MAXIMUM_IN_FLIGHT;
  }

  /** Encodes a frame; it stays the caller's to close. */
  encode(frame: VideoFrame): void {
    if (this.#closed || !this.#plan) return;
    const nowMs = this.#options.now();
    try {
      this.#replaceStalled(nowMs);
      const encoder = this.#encoderOf(this.#plan);
      const keyFrame = this.#keyFrames.next(nowMs, this.#options.needsKeyFrame());
      encoder.encode(frame, { keyFrame });
      this.#inFlight.push({ timestampUs: frame.timestamp, sinceMs: nowMs });
      this.#waitingSinceMs ??= nowMs;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Lets go of the encoder while nobody wants the layer. */
  release(): void {
    this.#discard();
    this.#keyFrames.request();
  }

  /** Ends the layer. */
  close(): void {
    this.#closed = true;
    this.#discard();
  }

  #encoderOf(plan: LayerPlan): VideoEncoder {
    const encoder = this.#encoder ??= this.#create();
    const before = this.#configured;
    if (before === plan) return encoder;
    encoder.configure(videoEncoderConfig(this.#options.codec, plan));
    this.#configured = plan;
    if (!before || !continues(before, plan)) this.#keyFrames.request();
    return encoder;
  }

  #create(): VideoEncoder {
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => {
        if (this.#encoder === encoder) this.#handOut(chunk, metadata);
      },
      error: (error) => {
        if (this.#encoder === encoder) this.#fail(error);
      },
    });
    return encoder;
  }

  #handOut(chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata | undefined): void {
    this.#failures = 0;
    const nowMs = this.#options.now();
    const taken = this.#inFlight.find(({ timestampUs }) => timestampUs === chunk.timestamp);
    // Frames come out in order: older ones were dropped inside.
    this.#inFlight = this.#inFlight.filter(({ timestampUs }) => timestampUs > chunk.timestamp);
    this.#waitingSinceMs = this.#inFlight.length === 0 ? undefined : nowMs;
    const temporalLayer = metadata?.svc?.temporalLayerId ?? 0;
    const encodeMs = taken ? nowMs - taken.sinceMs : 0;
    if (temporalLayer > this.#maxTemporalLayer) return;
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#options.onPicture({
      data,
      timestampUs: chunk.timestamp,
      keyFrame: chunk.type === "key",
      spatialLayer: this.#options.spatialLayer,
      temporalLayer,
      discardable: temporalLayer >= TOP_TEMPORAL_LAYER,
    }, encodeMs);
  }

  #replaceStalled(nowMs: number): void {
    if (this.#waitingSinceMs === undefined) return;
    // After a pause nothing was given to it either: only what it got lately counts.
    const given = this.#inFlight.some(({ sinceMs }) => nowMs - sinceMs < STALLED_AFTER_MS / 2);
    if (!given || nowMs - this.#waitingSinceMs < STALLED_AFTER_MS) return;
    throw new Error(`the encoder made nothing for ${STALLED_AFTER_MS} ms`);
  }

  #fail(cause: unknown): void {
    this.release();
    this.#failures++;
    if (this.#failures < MAXIMUM_FAILURES) return this.#options.onBroken();
    this.close();
    this.#options.onFailure(new Error("the video encoder failed", { cause }));
  }

  #discard(): void {
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#encoder = undefined;
    this.#configured = undefined;
    this.#inFlight = [];
    this.#waitingSinceMs = undefined;
  }
}

/** Whether an encoder goes from one plan to the other without a key frame. */
function continues(before: LayerPlan, plan: LayerPlan): boolean {
  return sameSize(before, plan) && before.scalabilityMode === plan.scalabilityMode &&
    before.contentHint === plan.contentHint;
}

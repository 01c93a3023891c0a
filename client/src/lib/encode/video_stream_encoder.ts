import type { EncodingTarget } from "../../../core/send/encoding_target.ts";
import type { SimulcastLayer } from "../../../core/send/simulcast_layer.ts";
import { type EncodedPicture, LayerEncoder } from "./layer_encoder.ts";
import { FramerateEstimate } from "./framerate_estimate.ts";
import { MAXIMUM_FRAMERATE, planLayer, samePlan, type VideoContent } from "./layer_plan.ts";
import type { LocalVideoQuality } from "./local_video_quality.ts";
import { NewestFrame } from "./newest_frame.ts";
import { EncodeOverload, NO_RELIEF, type Relief } from "./overload.ts";
import { sameSize, type Size } from "./picture_size.ts";
import { startBitrateBps } from "./simulcast_ladder.ts";
import type { VideoCodec } from "./video_codec.ts";

export type { EncodedPicture } from "./layer_encoder.ts";

/** A key frame waits for the next captured frame when that is at most this far away. */
const KEY_FRAME_PATIENCE_MS = 10;
const DEFAULT_FRAMERATE = 30;
/** An encoder whose layer nobody wants is kept this long, ms: windows are resized back and forth. */
export const IDLE_ENCODER_MS = 2_000;
/** How often a text that stands still is encoded again, until it is sharp: three seconds' worth. */
export const REFINEMENTS = 45;

export interface VideoStreamEncoderOptions {
  readonly codec: VideoCodec;
  readonly content: VideoContent;
  /** The layers that were announced, smallest first. */
  readonly layers: readonly SimulcastLayer[];
  /** Takes what was encoded; each layer's pictures come in order. */
  onPicture(picture: EncodedPicture): void;
  /** Whether the sender can go on with a layer only at a key frame. */
  needsKeyFrame(spatialLayer: number): boolean;
  /** The encoder failed for good. */
  onFailure(error: Error): void;
  /** Sizes or frame rates changed, or whether the machine limits them. */
  onQuality?(quality: LocalVideoQuality): void;
  readonly now?: () => number;
}

interface Layer {
  readonly description: SimulcastLayer;
  readonly encoder: LayerEncoder;
  /** Observed, and given way to, only while this is the highest layer that is wanted. */
  readonly overload: EncodeOverload;
  bitrateBps: number;
  /** Number of the newest captured frame that was encoded. */
  encoded: number;
  /** The newest captured frame was due, but there was no room. */
  owed: boolean;
  idle: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Encodes one stream of captured frames in as many sizes as are wanted: each layer follows its own rate, leaves frames
 * out when its encoder is behind, and makes a key frame at once when one is asked for.
 */
export class VideoStreamEncoder {
  readonly #options: VideoStreamEncoderOptions;
  readonly #now: () => number;
  readonly #newest: NewestFrame;
  readonly #layers: readonly Layer[];
  #content: VideoContent;
  readonly #framerate = new FramerateEstimate();
  #source: Size | undefined;
  #plannedFramerate = 0;
  #framerateShare = 1;
  #refinementsLeft = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldQuality = "";
  #closed = false;

  constructor(options: VideoStreamEncoderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#newest = new NewestFrame(this.#now);
    this.#content = options.content;
    this.#layers = options.layers.map((description, index) => ({
      description,
      encoder: this.#createEncoder(description.spatialLayer, () => this.#layers[index]),
      overload: new EncodeOverload(),
      bitrateBps: startBitrateBps(description),
      encoded: 0,
      owed: false,
      idle: undefined,
    }));
  }

  /** What each layer is to be encoded at from now on; one that is not named stays as it is. */
  setTargets(targets: readonly EncodingTarget[]): void {
    const before = this.#wanted();
    for (const { spatialLayer, bitrateBps, maxTemporalLayer } of targets) {
      const layer = this.#layers[spatialLayer];
      if (!layer) continue;
      layer.encoder.setMaxTemporalLayer(maxTemporalLayer);
      this.#setBitrate(layer, bitrateBps);
    }
    this.#replan();
    // The frames between are missing to whoever decodes a layer that was not wanted.
    for (const layer of this.#wanted()) {
      if (!before.includes(layer)) this.requestKeyFrame(layer.description.spatialLayer);
    }
  }

  /** Encodes only this share of the pictures; a text, which has few, as before. */
  setFramerateShare(share: number): void {
    this.#framerateShare = share;
    this.#replan();
  }

  /** Goes over to another kind of content, with a key frame. */
  setContent(content: VideoContent): void {
    if (this.#content === content) return;
    this.#content = content;
    this.#replan();
    this.requestKeyFrame();
  }

  /** Another track begins: its clock and its pictures are new. */
  startTrack(): void {
    this.pause();
    this.#newest.startTrack();
    this.requestKeyFrame();
  }

  /** Takes a captured frame, and closes it. */
  encode(frame: VideoFrame): void {
    if (this.#closed) return frame.close();
    const capturedUs = frame.timestamp;
    const newest = this.#newest.keep(frame);
    this.#framerate.captured(this.#now());
    this.#refinementsLeft = this.#content === "text" ? REFINEMENTS : 0;
    this.#follow({ width: newest.displayWidth, height: newest.displayHeight });
    for (const layer of this.#wanted()) {
      if (!layer.encoder.due(capturedUs)) continue;
      if (layer.encoder.hasRoom()) this.#encode(layer, newest);
      else this.#noRoom(layer);
    }
    this.#expectNoMore();
  }

  /** Makes a key frame of a layer, or of all, now: of the newest frame unless another is about to come. */
  requestKeyFrame(spatialLayer?: number): void {
    for (const { description, encoder } of this.#layers) {
      if (spatialLayer === undefined || spatialLayer === description.spatialLayer) {
        encoder.requestKeyFrame();
      }
    }
    if (!this.#newest.frame) return;
    const { untilNextMs } = this.#newest;
    if (Math.abs(untilNextMs) <= KEY_FRAME_PATIENCE_MS) {
      this.#later(KEY_FRAME_PATIENCE_MS + Math.max(0, untilNextMs));
    } else this.#catchUp();
  }

  /** Stops to keep a picture, as when the camera is turned off. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#newest.forget();
    this.#refinementsLeft = 0;
  }

  /** Ends the stream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.pause();
    for (const layer of this.#layers) {
      clearTimeout(layer.idle);
      layer.encoder.close();
    }
  }

  #createEncoder(spatialLayer: number, layer: () => Layer | undefined): LayerEncoder {
    return new LayerEncoder({
      codec: this.#options.codec,
      spatialLayer,
      onPicture: (picture, encodeMs) => {
        this.#options.onPicture(picture);
        const own = layer();
        if (own) this.#pictureMade(own, encodeMs);
      },
      needsKeyFrame: () => this.#options.needsKeyFrame(spatialLayer),
      onBroken: () => this.#later(this.#newest.intervalMs),
      onFailure: (error) => {
        this.close();
        this.#options.onFailure(error);
      },
      now: this.#now,
    });
  }

  #encode(layer: Layer, frame: VideoFrame): void {
    layer.owed = false;
    layer.encoded = this.#newest.number;
    layer.encoder.encode(frame);
  }

  #noRoom(layer: Layer): void {
    layer.owed = true;
    if (layer === this.#highest() && layer.overload.dropped(this.#now())) this.#replan();
  }

  #pictureMade(layer: Layer, encodeMs: number): void {
    const { plan } = layer.encoder;
    if (plan && layer === this.#highest()) {
      const changed = layer.overload.encoded(this.#now(), encodeMs, 1_000 / plan.framerate);
      if (changed) this.#replan();
    }
    // What came while there was no room need not wait for the next frame.
    const { frame } = this.#newest;
    if (layer.owed && frame && layer.encoder.hasRoom()) this.#encode(layer, frame);
  }

  #setBitrate(layer: Layer, bitrateBps: number): void {
    const before = layer.bitrateBps;
    layer.bitrateBps = bitrateBps;
    if (bitrateBps > 0) {
      clearTimeout(layer.idle);
      layer.idle = undefined;
    } else if (before > 0) {
      layer.idle = setTimeout(() => layer.encoder.release(), IDLE_ENCODER_MS);
    }
  }

  #wanted(): readonly Layer[] {
    return this.#layers.filter(({ bitrateBps }) => bitrateBps > 0);
  }

  #highest(): Layer | undefined {
    return this.#wanted().at(-1);
  }

  /** Plans anew when the capture changed its size or, as cameras do in the dark, its frame rate. */
  #follow(source: Size): void {
    const sameRate = this.#framerateToPlan() === this.#plannedFramerate;
    if (sameRate && this.#source && sameSize(this.#source, source)) return;
    this.#source = source;
    this.#replan();
  }

  /** A screen is captured when it changes, which says nothing about the next moment. */
  #framerateToPlan(): number {
    return this.#content === "camera"
      ? this.#framerate.framerate
      : MAXIMUM_FRAMERATE[this.#content];
  }

  #replan(): void {
    const source = this.#source;
    if (!source) return;
    const highest = this.#highest();
    const framerate = this.#framerateToPlan();
    this.#plannedFramerate = framerate;
    for (const layer of this.#wanted()) {
      const { description, encoder, overload, bitrateBps } = layer;
      const before = encoder.plan;
      const plan = planLayer({
        content: this.#content,
        layer: description,
        source,
        framerate,
        bitrateBps,
        relief: this.#thinned(layer === highest ? overload.relief : NO_RELIEF),
        ...(before ? { before } : {}),
      });
      if (!before || !samePlan(before, plan)) encoder.setPlan(plan);
    }
    this.#tellQuality();
  }

  #thinned({ scale, framerateShare }: Relief): Relief {
    return { scale, framerateShare: Math.min(framerateShare, this.#framerateShare) };
  }

  /** The last frame before a still picture must be seen too, even if it came too soon, and sharply. */
  #expectNoMore(): void {
    if (this.#refinementsLeft === 0 && !this.#wanted().some((layer) => this.#lacks(layer))) return;
    this.#later(1_000 / (this.#highest()?.encoder.plan?.framerate ?? DEFAULT_FRAMERATE));
  }

  #later(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#catchUp(), delayMs);
  }

  /** Whether a layer still has to encode the newest frame, or a key frame. */
  #lacks({ encoder, encoded }: Layer): boolean {
    const { frame, number } = this.#newest;
    return frame !== undefined && (encoder.keyFramePending || encoded < number);
  }

  /** Encodes the newest frame where it is lacking; when that is nowhere, once more everywhere. */
  #catchUp(): void {
    clearTimeout(this.#timer);
    if (!this.#newest.frame || this.#closed) return;
    const wanted = this.#wanted();
    const lacking = wanted.filter((layer) => this.#lacks(layer));
    const refining = lacking.length === 0 && this.#refinementsLeft > 0;
    if (refining) this.#refinementsLeft--;
    const taking = (refining ? wanted : lacking).filter(({ encoder }) => encoder.hasRoom());
    if (taking.length > 0) {
      const repeated = this.#newest.repeat();
      for (const layer of taking) this.#encode(layer, repeated);
    }
    this.#expectNoMore();
  }

  #tellQuality(): void {
    const quality: LocalVideoQuality = {
      cpuLimited: this.#framerateShare < 1 || (this.#highest()?.overload.limited ?? false),
      layers: this.#wanted().flatMap(({ description: { spatialLayer }, encoder: { plan } }) =>
        plan
          ? [{ spatialLayer, width: plan.width, height: plan.height, framerate: plan.framerate }]
          : []
      ),
    };
    const told = JSON.stringify(quality);
    if (told === this.#toldQuality) return;
    this.#toldQuality = told;
    this.#options.onQuality?.(quality);
  }
}

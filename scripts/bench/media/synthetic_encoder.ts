import type {
  EncodedFrame,
  EncodingTarget,
  SimulcastLayer,
} from "../../../client/core/meeting/meeting.ts";
import { KeyFrameSchedule } from "../../../client/src/lib/encode/key_frame_schedule.ts";

/** Pictures a second. */
export const PICTURES_PER_SECOND = 30;
/** How much larger a key frame is than the mean picture. */
export const KEY_FRAME_FACTOR = 6;
/** Temporal layer of each picture of a group of four (L1T3, WebRTC scalability modes). */
const TEMPORAL_LAYERS = [0, 2, 1, 2] as const;
/** Size of a picture of each temporal layer against the mean; over a group they come to 1. */
const TEMPORAL_WEIGHTS = [1.6, 1, 0.7] as const;
const HIGHEST_TEMPORAL_LAYER = 2;
/** Sizes vary by up to this share, either way. */
const SIZE_NOISE = 0.3;
/** What a picture holds in front: when it was made. */
const STAMP_BYTES = 8;

interface LayerState {
  readonly spatialLayer: number;
  readonly keyFrames: KeyFrameSchedule;
  bitrateBps: number;
  maxTemporalLayer: number;
  /** Pictures since the key frame. */
  sinceKeyFrame: number;
}

/**
 * Makes frames as the encoders of a simulcast camera would: sizes that follow a target rate with noise,
 * three temporal layers, a large key frame when the product's own schedule has one. Their content is the time at which
 * they were made ({@link madeAtMs}) and zeros. Pure: the clock is a parameter.
 */
export class SyntheticEncoder {
  readonly #layers: readonly LayerState[];
  readonly #random: () => number;

  /**
   * Begins with all layers at their lowest rate, as if a viewer of each might come.
   *
   * @param random numbers from 0 to below 1, for the sizes.
   */
  constructor(layers: readonly SimulcastLayer[], random: () => number) {
    this.#layers = layers.map(({ spatialLayer, minBitrateBps }) => ({
      spatialLayer,
      keyFrames: new KeyFrameSchedule(),
      bitrateBps: minBitrateBps,
      maxTemporalLayer: HIGHEST_TEMPORAL_LAYER,
      sinceKeyFrame: 0,
    }));
    this.#random = random;
  }

  /** From the next picture on. A layer that begins again begins with a key frame. */
  setTargets(targets: readonly EncodingTarget[]): void {
    for (const { spatialLayer, bitrateBps, maxTemporalLayer } of targets) {
      const layer = this.#layers[spatialLayer];
      if (layer === undefined) continue;
      if (bitrateBps === 0) layer.keyFrames.request();
      layer.bitrateBps = bitrateBps;
      layer.maxTemporalLayer = maxTemporalLayer;
    }
  }

  /** The next picture of this layer is a key frame; undefined: of all. */
  requestKeyFrame(spatialLayer: number | undefined): void {
    for (const layer of this.#layers) {
      if (spatialLayer === undefined || layer.spatialLayer === spatialLayer) {
        layer.keyFrames.request();
      }
    }
  }

  /**
   * One picture, encoded in each layer that is on; a layer hands out no temporal layer that nobody gets.
   *
   * @param senderWantsKey whether the sender of a layer can only go on at a key frame.
   */
  encode(
    nowMs: number,
    timestampUs: number,
    senderWantsKey: (spatialLayer: number) => boolean = () => false,
  ): EncodedFrame[] {
    return this.#layers.flatMap((layer) => {
      const { spatialLayer, bitrateBps, maxTemporalLayer } = layer;
      if (bitrateBps === 0) return [];
      const keyFrame = layer.keyFrames.next(nowMs, senderWantsKey(spatialLayer));
      if (keyFrame) layer.sinceKeyFrame = 0;
      const temporalLayer = TEMPORAL_LAYERS[layer.sinceKeyFrame++ % TEMPORAL_LAYERS.length]!;
      if (temporalLayer > maxTemporalLayer) return [];
      return [{
        data: this.#content(nowMs, bitrateBps, keyFrame, temporalLayer),
        timestampUs,
        keyFrame,
        temporalLayer,
        spatialLayer,
        discardable: temporalLayer === HIGHEST_TEMPORAL_LAYER,
      }];
    });
  }

  #content(nowMs: number, bitrateBps: number, keyFrame: boolean, temporalLayer: number) {
    const meanBytes = bitrateBps / 8 / PICTURES_PER_SECOND;
    const noise = 1 + SIZE_NOISE * (2 * this.#random() - 1);
    const factor = keyFrame ? KEY_FRAME_FACTOR : TEMPORAL_WEIGHTS[temporalLayer]!;
    return stampedContent(nowMs, Math.round(meanBytes * factor * noise));
  }
}

/** Content of a frame that was made at `nowMs`, of this length or as long as the time needs. */
export function stampedContent(nowMs: number, length: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(Math.max(STAMP_BYTES, length));
  new DataView(data.buffer).setFloat64(0, nowMs);
  return data;
}

/** When a frame with this content was made, by the clock that its maker gave. */
export function madeAtMs(data: Uint8Array): number {
  return new DataView(data.buffer, data.byteOffset).getFloat64(0);
}

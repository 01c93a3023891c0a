import type {
  EncodedFrame,
  EncodingTarget,
  SimulcastLayer,
} from "../../../client/core/meeting/meeting.ts";

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
  bitrateBps: number;
  /** Pictures since the key frame; undefined until one is made. */
  sinceKeyFrame: number | undefined;
}

/**
 * Makes frames as the encoders of a simulcast camera would: sizes that follow a target rate with noise,
 * three temporal layers, a large key frame when one is called for. Their content is the time at which
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
      bitrateBps: minBitrateBps,
      sinceKeyFrame: undefined,
    }));
    this.#random = random;
  }

  /** From the next picture on. A layer that begins again begins with a key frame. */
  setTargets(targets: readonly EncodingTarget[]): void {
    for (const { spatialLayer, bitrateBps } of targets) {
      const layer = this.#layers[spatialLayer];
      if (layer === undefined) continue;
      if (bitrateBps === 0) layer.sinceKeyFrame = undefined;
      layer.bitrateBps = bitrateBps;
    }
  }

  /** The next picture of this layer is a key frame; undefined: of all. */
  requestKeyFrame(spatialLayer: number | undefined): void {
    for (const layer of this.#layers) {
      if (spatialLayer === undefined || layer.spatialLayer === spatialLayer) {
        layer.sinceKeyFrame = undefined;
      }
    }
  }

  /** One picture, encoded in each layer that is on. */
  encode(nowMs: number, timestampUs: number): EncodedFrame[] {
    return this.#layers.filter(({ bitrateBps }) => bitrateBps > 0).map((layer) => {
      const position = layer.sinceKeyFrame ?? 0;
      const keyFrame = layer.sinceKeyFrame === undefined;
      const temporalLayer = TEMPORAL_LAYERS[position % TEMPORAL_LAYERS.length]!;
      layer.sinceKeyFrame = position + 1;
      return {
        data: this.#content(nowMs, layer.bitrateBps, keyFrame, temporalLayer),
        timestampUs,
        keyFrame,
        temporalLayer,
        spatialLayer: layer.spatialLayer,
        discardable: temporalLayer === HIGHEST_TEMPORAL_LAYER,
      };
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

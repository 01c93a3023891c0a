import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { LayerBitrate } from "../congestion/layer_bitrate.ts";
import { GroupCache } from "../ingress/group_cache.ts";
import type { KeyFrameGovernor } from "../ingress/key_frame_governor.ts";
import type { LayerFeed } from "./subscription.ts";

/**
 * Part of a key frame's bytes that counts: it is a moment, and nobody should get a smaller layer
 * because the window of the measurement has just seen one.
 */
const KEY_FRAME_WEIGHT = 1 / 4;

/** One spatial layer as its publisher sends it: cache, measured rate, requests for key frames. */
export class ReceivedLayer implements LayerFeed {
  readonly spatialLayer: number;
  readonly governor: KeyFrameGovernor;
  readonly cache = new GroupCache();
  /** Called when the layer is superseded or the publication ends. */
  readonly onEnded: () => void;
  readonly #bitrate = new LayerBitrate();
  #lastFrameAtMs = -Infinity;

  constructor(spatialLayer: number, governor: KeyFrameGovernor, onEnded: () => void) {
    this.spatialLayer = spatialLayer;
    this.governor = governor;
    this.onEnded = onEnded;
  }

  /** Whether its first key frame has arrived. */
  get started(): boolean {
    return this.#lastFrameAtMs !== -Infinity;
  }

  get lastFrameAtMs(): number {
    return this.#lastFrameAtMs;
  }

  /** What arrived is over: what follows is of use from the next key frame on. */
  restart(): void {
    this.#lastFrameAtMs = -Infinity;
    this.cache.clear();
    this.governor.end();
  }

  /** Takes a video frame; the first one is a key frame. */
  add(frame: Frame, nowMs: number): void {
    const { bytes, header } = frame;
    this.#lastFrameAtMs = nowMs;
    this.cache.add(frame, nowMs);
    const isKeyFrame = header.frameType === FrameType.videoKey;
    const counted = isKeyFrame ? bytes.length * KEY_FRAME_WEIGHT : bytes.length;
    this.#bitrate.add(counted, header.temporalLayer, nowMs);
    if (isKeyFrame) this.governor.keyFrameArrived();
  }

  bitrateBps(temporalLayer: number, nowMs: number): number {
    return this.#bitrate.bitrateBps(temporalLayer, nowMs);
  }
}

import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import type { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { StreamMeter } from "../telemetry/stream_meter.ts";

/** One spatial layer that a publisher can encode, as it announced it. */
export interface LayerDescription {
  /** Number in frame headers, 0 the smallest picture. */
  readonly spatialLayer: number;
  /** Name that a subscriber may prefer it by, such as "medium". */
  readonly layerId: string;
  /** Pixels; 0 when the publisher did not tell. */
  readonly width: number;
  readonly height: number;
  /** Below this rate a smaller layer looks better, bits per second. */
  readonly minBitrateBps: number;
  /** Above this rate it looks no better, bits per second. */
  readonly maxBitrateBps: number;
}

/** What one subscriber can take of one video stream: what the demand on its publisher is made of. */
export interface LayerWish {
  /** Bits per second; 0 while the path carries nothing of this stream. */
  readonly budgetBps: number;
  readonly maxSpatialLayer: number;
  readonly maxTemporalLayer: number;
}

/** What a participant asked for when it subscribed (specification, `SubscriptionOptions`). */
export interface SubscriptionOptions {
  /** `layerId` of the best layer wanted; empty for the best there is. */
  readonly preferredLayer: string;
  /** Bits per second; 0 for no cap. */
  readonly maxBitrateBps: number;
}

/** How a stream is to be sent to a subscriber. */
export interface SubscriptionRequest {
  /** No cached group whose key frame arrived earlier may be sent (proto/README.md, "Joining"). */
  readonly groupsSinceMs: number;
  /** How long to wait for a key frame that comes by itself, milliseconds. */
  readonly patienceMs: number;
  readonly options?: SubscriptionOptions;
}

/** One spatial layer that the publisher sends now. */
export interface LayerFeed {
  readonly spatialLayer: number;
  /** When its newest frame arrived; -Infinity before its first key frame. */
  readonly lastFrameAtMs: number;
  /**
   * Measured rate of its frames up to and including a temporal layer, bits per second; 0 before it is
   * known.
   */
  bitrateBps(temporalLayer: number, nowMs: number): number;
}

/** A published stream as its subscriptions see it. */
export interface PublicationFeed {
  readonly streamId: string;
  readonly type: StreamType;
  /** Whether its frames are sound. */
  readonly isAudio: boolean;
  readonly meter: StreamMeter;
  /** The layers that its publisher can encode, by spatial layer; empty before it told. */
  readonly ladder: readonly LayerDescription[];
  /** The layers whose streams are open and began with a key frame, by spatial layer. */
  readonly layers: readonly LayerFeed[];
  /** From now on frames of these spatial layers (bit n: layer n) are offered to `subscription`. */
  listen(subscription: Subscription, layerMask: number): void;
  /** The cached group of a layer if its key frame arrived at `sinceMs` or later, else nothing. */
  startingGroup(spatialLayer: number, sinceMs: number): readonly Frame[];
  /** Asks the publisher for a key frame of a layer that arrives after now. */
  requestKeyFrame(spatialLayer: number): void;
  /** When the publisher was last asked for one of this layer; -Infinity before the first time. */
  keyFrameRequestedAtMs(spatialLayer: number): number;
  /** The wish of a subscription changed. */
  wishChanged(): void;
}

/** One published stream on its way to one subscriber. */
export interface Subscription {
  /** Takes the next frame of a layer, in order; synchronous: once per subscriber and frame. */
  offer(frame: Frame, nowMs: number): void;
  /** Layers or their descriptions came, or went: what follows of one begins with a key frame. */
  layersChanged(nowMs: number): void;
  /** Replaces what the participant asked for when it subscribed. */
  setOptions(options: SubscriptionOptions): void;
  /** Nothing more follows. */
  end(): void;
  /** What it can take; undefined for sound, and while the stream is not visible. */
  readonly wish: LayerWish | undefined;
  /** Round trip to the subscriber, milliseconds, or undefined before it is measured. */
  readonly rttMs: number | undefined;
}

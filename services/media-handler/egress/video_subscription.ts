import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { AllocatedTrack } from "../congestion/bitrate_allocation.ts";
import type {
  LayerDescription,
  LayerFeed,
  LayerWish,
  PublicationFeed,
  Subscription,
  SubscriptionOptions,
  SubscriptionRequest,
} from "../routing/subscription.ts";
import type { DeliveryFigures } from "./downlink_figures.ts";
import { effectiveLadder } from "./effective_ladder.ts";
import { limitsOfView, type RankedView, type ViewLimits } from "./stream_view.ts";
import type { SubscriberPath } from "./subscriber_path.ts";
import type { VideoDelivery } from "./video_delivery.ts";

/** Change of a budget upwards that is worth telling the publisher. */
const WISH_RISE = 1.05;
/** Change of a budget downwards that is worth telling the publisher. */
const WISH_FALL = 0.98;
/** What a share that moves again may take at once, against what it took lately. */
const SHARE_HEADROOM = 2;
/** Every temporal layer. */
const ALL_TEMPORAL_LAYERS = 15;

/** What a video subscription needs of its subscriber. */
export interface VideoSubscriptionOptions {
  readonly feed: PublicationFeed;
  readonly request: SubscriptionRequest;
  readonly path: SubscriberPath;
  readonly delivery: VideoDelivery;
  /** Called at each frame, so that the subscriber can do what is due. */
  readonly onFrame: (nowMs: number) => void;
  /** Called when what it can use has changed. */
  readonly onChanged: () => void;
  /** Called once, when nothing more follows. */
  readonly onEnd: () => void;
}

/** One video stream of a subscriber: what is allowed of it, what it gets, what it wishes. */
export class VideoSubscription implements Subscription {
  readonly #options: VideoSubscriptionOptions;
  #subscriptionOptions: SubscriptionOptions | undefined;
  #view: RankedView | undefined;
  #limits: ViewLimits;
  #budgetBps = 0;
  #wish: LayerWish | undefined;
  #reportedBytes = 0;
  #ended = false;

  constructor(options: VideoSubscriptionOptions) {
    this.#options = options;
    this.#subscriptionOptions = options.request.options;
    this.#limits = this.#computeLimits();
  }

  get streamId(): string {
    return this.#options.feed.streamId;
  }

  get wish(): LayerWish | undefined {
    return this.#wish;
  }

  get rttMs(): number | undefined {
    return this.#options.path.estimator.roundTripMs;
  }

  /** What may be sent of it. */
  get limits(): ViewLimits {
    return this.#limits;
  }

  offer(frame: Frame, nowMs: number): void {
    this.#options.onFrame(nowMs);
    this.#options.delivery.offer(frame, nowMs);
  }

  layersChanged(nowMs: number): void {
    if (this.#ended) return;
    this.#refresh();
    // The key frame with which a layer begins is about to come; else its next frame asks for one.
    this.#options.delivery.select(nowMs, false);
  }

  setOptions(options: SubscriptionOptions): void {
    const { preferredLayer, maxBitrateBps } = options;
    const before = this.#subscriptionOptions;
    // Whoever only says them again disturbs nothing.
    if (preferredLayer === before?.preferredLayer && maxBitrateBps === before.maxBitrateBps) return;
    this.#subscriptionOptions = options;
    this.#refresh();
  }

  /** How the viewer looks at it; undefined: it did not say. */
  setView(view: RankedView | undefined): void {
    this.#view = view;
    this.#refresh();
  }

  /** Decides anew which layers to send. */
  select(nowMs: number): void {
    this.#options.delivery.select(nowMs);
  }

  /** Its part in the division of bits; undefined while it is not visible. */
  track(nowMs: number): AllocatedTrack | undefined {
    if (!this.#limits.visible) return undefined;
    const { feed } = this.#options;
    const isShare = feed.type === StreamType.VIDEO_SCREEN;
    const { focused, maxSpatialLayer, capBps } = this.#limits;
    return {
      kind: isShare ? "share" : "face",
      focused,
      ladder: effectiveLadder(feed, nowMs),
      maxSpatialLayer,
      capBps,
      expectedBps: isShare ? this.#expectedBps(nowMs) : Infinity,
    };
  }

  /** Whether its publisher sends it now, so that more bits would be of use. */
  isSent(sinceMs: number): boolean {
    return this.#options.feed.layers.some(({ lastFrameAtMs }) => lastFrameAtMs >= sinceMs);
  }

  /** Sets what it gets, and what the path carries besides and nobody needs, bits per second. */
  setBudget(budgetBps: number, spareBps: number, nowMs: number): void {
    this.#budgetBps = budgetBps;
    const { visible, maxSpatialLayer } = this.#limits;
    this.#options.delivery.setBudget(visible ? budgetBps : 0, spareBps, maxSpatialLayer, nowMs);
    this.#tellWish();
  }

  /** How it fared since the last call, `elapsedMs` ago; undefined while it is not visible. */
  figures(elapsedMs: number, nowMs: number): DeliveryFigures | undefined {
    const { delivery, feed } = this.#options;
    const bytes = delivery.sentBytes - this.#reportedBytes;
    this.#reportedBytes = delivery.sentBytes;
    if (!this.#limits.visible) return undefined;
    return {
      streamId: feed.streamId,
      spatialLayer: delivery.spatialLayer,
      maxTemporalLayer: delivery.maxTemporalLayer,
      bitrateBps: (bytes * 8_000) / elapsedMs,
      budgetBps: this.#budgetBps,
      ladder: effectiveLadder(feed, nowMs),
      maxSpatialLayer: this.#limits.maxSpatialLayer,
      capBps: this.#limits.capBps,
    };
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.delivery.end();
    this.#options.onEnd();
  }

  #refresh(): void {
    if (this.#ended) return;
    this.#limits = this.#computeLimits();
    this.#options.onChanged();
  }

  #computeLimits(): ViewLimits {
    const { feed } = this.#options;
    const ladder = feed.ladder.length > 0 ? feed.ladder : feed.layers.map(sizeless);
    return limitsOfView(this.#view, this.#subscriptionOptions, ladder);
  }

  /** A share mostly stands still, and then sends a small part of what it may. */
  #expectedBps(nowMs: number): number {
    const best = this.#options.feed.layers.at(-1);
    const measuredBps = best?.bitrateBps(ALL_TEMPORAL_LAYERS, nowMs) ?? 0;
    return measuredBps === 0 ? Infinity : measuredBps * SHARE_HEADROOM;
  }

  #tellWish(): void {
    const { visible, maxSpatialLayer } = this.#limits;
    const before = this.#wish;
    if (visible && before !== undefined && before.maxSpatialLayer === maxSpatialLayer) {
      const { budgetBps } = before;
      const isSame = this.#budgetBps === budgetBps ||
        (this.#budgetBps > budgetBps * WISH_FALL && this.#budgetBps < budgetBps * WISH_RISE);
      if (isSame) return;
    } else if (!visible && before === undefined) {
      return;
    }
    this.#wish = visible
      ? { budgetBps: this.#budgetBps, maxSpatialLayer, maxTemporalLayer: ALL_TEMPORAL_LAYERS }
      : undefined;
    this.#options.feed.wishChanged();
  }
}

/** A layer that its publisher did not describe. */
function sizeless({ spatialLayer }: LayerFeed): LayerDescription {
  return { spatialLayer, layerId: "", width: 0, height: 0, minBitrateBps: 0, maxBitrateBps: 0 };
}

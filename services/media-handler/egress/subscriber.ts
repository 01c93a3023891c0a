import type { DownlinkReport } from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import type { ArrivalReport } from "../../../proto/media_stream/arrival_report.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import type { Clock } from "../clock.ts";
import {
  ALLOCATION_INTERVAL_MS,
  CALM_PATH_UPDATE_INTERVAL_MS,
  DOWNLINK_REPORT_INTERVAL_MS,
  MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER,
  PATH_UPDATE_INTERVAL_MS,
} from "../limits.ts";
import type {
  PublicationFeed,
  Subscription,
  SubscriptionRequest,
} from "../routing/subscription.ts";
import type { AudioBatchTimer } from "./audio_batch_timer.ts";
import { AudioDelivery } from "./audio_delivery.ts";
import { BudgetDivision } from "./budget_division.ts";
import { type DeliveryFigures, downlinkReport } from "./downlink_figures.ts";
import type { EgressTicker, Ticking } from "./egress_ticker.ts";
import type { OutgoingStreams } from "./outgoing_stream.ts";
import { PaddingProbe } from "./padding_probe.ts";
import { videoSendOrder } from "./send_order.ts";
import type { RankedView, StreamViewRequest } from "./stream_view.ts";
import { SubscriberPath } from "./subscriber_path.ts";
import { VideoDelivery } from "./video_delivery.ts";
import { VideoSubscription } from "./video_subscription.ts";

/** What a subscriber needs to know. */
export interface SubscriberOptions {
  readonly streams: OutgoingStreams;
  readonly clock: Clock;
  readonly batches: AudioBatchTimer;
  readonly ticker: EgressTicker;
  readonly sendDatagram: (bytes: Uint8Array) => void;
  /** Called each second while anything flows. */
  readonly sendDownlinkReport: (report: DownlinkReport) => void;
  /** Called when a stream could not be opened. */
  readonly onOpenFailed: (streamId: string | undefined, error: unknown) => void;
  /** Called when the subscriber's reports are needed, again and again until they are there. */
  readonly wantReports: () => void;
}

/** A subscription that gets nothing, since the subscriber has as many as it may. */
const REFUSED: Subscription = {
  offer() {},
  layersChanged() {},
  setOptions() {},
  end() {},
  wish: undefined,
  rttMs: undefined,
};

/**
 * All that goes to one connected participant: sound in datagrams and its video streams, each within
 * its part of what the path is estimated to carry.
 */
export class Subscriber implements Ticking {
  readonly #options: SubscriberOptions;
  readonly #path: SubscriberPath;
  readonly #audio: AudioDelivery;
  readonly #videos = new Set<VideoSubscription>();
  readonly #division: BudgetDivision;
  readonly #probe: PaddingProbe;
  readonly #onFrame = (nowMs: number) => {
    if (nowMs - this.#maintainedAtMs >= this.#intervalMs) this.#maintain(nowMs);
  };
  #views = new Map<string, RankedView>();
  #hearsSound = false;
  #maintainedAtMs = -Infinity;
  #intervalMs = PATH_UPDATE_INTERVAL_MS;
  #selectedAtMs = -Infinity;
  #wasBlocked = false;
  #reportedAtMs = -Infinity;
  #released = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    const { streams, clock, batches, sendDatagram, onOpenFailed } = options;
    this.#path = new SubscriberPath({ streams, clock, sendDatagram });
    this.#probe = new PaddingProbe(this.#path);
    this.#division = new BudgetDivision(this.#path, this.#videos);
    this.#audio = new AudioDelivery({
      path: this.#path,
      clock,
      batches,
      onFrame: this.#onFrame,
      onOpenFailed: (error) => onOpenFailed(undefined, error),
    });
  }

  /** Bytes of all streams that are not reported as arrived. */
  get bytesInFlight(): number {
    return this.#path.bytesInFlight;
  }

  /** Streams that are sent now, the sound of all speakers counting as one. */
  get streamCount(): number {
    return this.#videos.size + (this.#hearsSound ? 1 : 0);
  }

  /** Whether something cannot go on for long without hearing from the subscriber. */
  get wantsReports(): boolean {
    return this.#path.wantsReports;
  }

  /** The rate that the way to the subscriber is estimated to carry, bits per second. */
  get estimateBps(): number {
    return this.#path.estimator.targetBitrateBps;
  }

  /** Part of the datagrams to the subscriber that got lost lately, 0 to 1. */
  get lossRatio(): number {
    return this.#path.estimator.lossRatio;
  }

  /** Starts sending `feed`. */
  subscribe(feed: PublicationFeed, request: SubscriptionRequest): Subscription {
    if (feed.isAudio) {
      this.#hearsSound = true;
      return this.#audio.subscription(feed);
    }
    if (this.#videos.size >= MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER) {
      this.#options.onOpenFailed(feed.streamId, new Error("too many streams"));
      return REFUSED;
    }
    return this.#openVideo(feed, request);
  }

  /** How the participant looks at its streams, most important first; replaces what was before. */
  setViews(views: readonly StreamViewRequest[]): void {
    this.#views = new Map(views.map((view, rank) => [view.streamId, { ...view, rank }]));
    for (const video of this.#videos) video.setView(this.#views.get(video.streamId));
    const nowMs = this.#options.clock.now();
    this.#division.divide(nowMs);
    this.#maintain(nowMs);
  }

  /** Takes what the participant reports; returns how many entries are impossible. */
  report(report: ArrivalReport): number {
    if (this.#released) return 0;
    const nowMs = this.#options.clock.now();
    const impossible = this.#path.report(report, nowMs);
    this.#maintain(nowMs);
    return impossible;
  }

  tick(nowMs: number): number {
    this.#maintain(nowMs);
    return this.#released ? Infinity : this.#dueInMs(nowMs);
  }

  /** The session is gone. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#options.ticker.remove(this);
    for (const video of [...this.#videos]) video.end();
    this.#audio.release();
    this.#path.release();
  }

  #openVideo(feed: PublicationFeed, request: SubscriptionRequest): Subscription {
    const { clock, onOpenFailed } = this.#options;
    const path = this.#path;
    const delivery = new VideoDelivery({ feed, request, path, clock, listener: () => video });
    const video: VideoSubscription = new VideoSubscription({
      feed,
      request,
      path,
      delivery,
      onFrame: this.#onFrame,
      onChanged: () => this.#changed(),
      onEnd: () => {
        this.#videos.delete(video);
        this.#changed();
      },
    });
    this.#videos.add(video);
    video.setView(this.#views.get(feed.streamId));
    // Whoever joins must not wait for its first picture.
    this.#division.divide(clock.now());
    path.streams.open({
      kind: StreamKind.forwardVideo,
      streamId: feed.streamId,
      sendOrder: videoSendOrder(feed.type),
      onFailure: () => video.end(),
    }).then((stream) => delivery.start(stream), (error) => {
      video.end();
      if (!this.#released) onOpenFailed(feed.streamId, error);
    });
    return video;
  }

  /** What the videos can use has changed: divides anew, at once when that was not done lately. */
  #changed(): void {
    if (this.#released) return;
    this.#division.changed();
    const nowMs = this.#options.clock.now();
    this.#division.run(nowMs);
    this.#options.ticker.add(this, this.#dueInMs(nowMs));
  }

  #maintain(nowMs: number): void {
    if (this.#released) return;
    this.#maintainedAtMs = nowMs;
    this.#path.update(nowMs);
    this.#division.run(nowMs);
    const isBlocked = this.#path.blockedMs(nowMs) !== undefined;
    const unblocks = this.#wasBlocked && !isBlocked;
    this.#wasBlocked = isBlocked;
    if (unblocks || nowMs - this.#selectedAtMs >= ALLOCATION_INTERVAL_MS) {
      this.#selectedAtMs = nowMs;
      for (const video of this.#videos) video.select(nowMs);
    }
    this.#path.pacer.run(nowMs);
    this.#path.isScarce = this.#division.isLimited;
    this.#intervalMs = this.#isTroubled ? PATH_UPDATE_INTERVAL_MS : CALM_PATH_UPDATE_INTERVAL_MS;
    this.#probe.run(nowMs, this.#division.isLimited ? this.#division.wantedBps : 0);
    if (this.wantsReports) this.#options.wantReports();
    this.#tellDownlink(nowMs);
    this.#options.ticker.add(this, this.#dueInMs(nowMs));
  }

  /** Whether the path is too full, or some video gets less than it could use. */
  get #isTroubled(): boolean {
    const { state } = this.#path.estimator;
    if (state === "clear") return this.#division.isLimited;
    return state !== "starting";
  }

  /** Milliseconds until something must be done although no frame comes. */
  #dueInMs(nowMs: number): number {
    return Math.min(
      this.#path.pacer.dueInMs,
      this.#probe.dueInMs,
      this.#isTroubled ? PATH_UPDATE_INTERVAL_MS : Infinity,
      this.#division.dueInMs(nowMs),
    );
  }

  #tellDownlink(nowMs: number): void {
    const elapsedMs = nowMs - this.#reportedAtMs;
    if (elapsedMs < DOWNLINK_REPORT_INTERVAL_MS) return;
    this.#reportedAtMs = nowMs;
    // The first interval has no beginning.
    if (elapsedMs === Infinity || (this.#videos.size === 0 && !this.#hearsSound)) return;
    const deliveries: DeliveryFigures[] = [];
    for (const video of this.#videos) {
      const figures = video.figures(elapsedMs, nowMs);
      if (figures !== undefined) deliveries.push(figures);
    }
    this.#options.sendDownlinkReport(downlinkReport(this.#path.estimator, deliveries));
  }
}

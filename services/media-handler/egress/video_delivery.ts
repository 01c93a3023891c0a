import { DecodableFrames } from "../../../proto/media_frame/decodable_frames.ts";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { LayerSelection } from "../congestion/layer_selection.ts";
import {
  BLOCKED_PROBE_INTERVAL_MS,
  KEY_FRAME_RETRY_MS,
  MAX_HELD_MS,
  MAX_PACED_MS,
  MAX_PACED_TEMPORAL_MS,
  MAX_STARTING_GROUP_MS,
  MAX_VIDEO_BYTES_IN_FLIGHT,
  SMALL_GROUP_BYTES,
} from "../limits.ts";
import type { Clock } from "../clock.ts";
import type {
  PublicationFeed,
  Subscription,
  SubscriptionRequest,
} from "../routing/subscription.ts";
import { encodedLayers } from "./effective_ladder.ts";
import type { PathStream } from "./path_stream.ts";
import type { SubscriberPath } from "./subscriber_path.ts";

/** What a video delivery needs to know. */
export interface VideoDeliveryOptions {
  readonly feed: PublicationFeed;
  readonly request: SubscriptionRequest;
  readonly path: SubscriberPath;
  readonly clock: Clock;
  /** Who listens to the feed: this delivery, behind the subscriber's own work. */
  readonly listener: () => Subscription;
}

/**
 * One published video stream on its way to one subscriber, on one long unidirectional stream. What
 * is written cannot be taken back, so it decides before each write: which spatial layer (a switch
 * waits for its key frame while the old layer goes on), which temporal layers, and when to skip to
 * the next key frame.
 */
export class VideoDelivery {
  readonly #feed: PublicationFeed;
  readonly #request: SubscriptionRequest;
  readonly #path: SubscriberPath;
  readonly #clock: Clock;
  readonly #listener: () => Subscription;
  readonly #selection = new LayerSelection();
  /** Of the layer that flows, from its last key frame on: each layer has its own sequences. */
  #decodable = new DecodableFrames();
  /** Highest sequence sent of each spatial layer: a receiver refuses to be sent one again. */
  readonly #sentSequences: number[] = [];
  #sentBytes = 0;
  #stream: PathStream | undefined;
  #ended = false;
  /** The spatial layer that flows; undefined until a key frame. */
  #flowing: number | undefined;
  /** The temporal layers that flow: fewer at once, more from a base frame on. */
  #maxTemporalLayer = 0;
  #budgetBps = 0;
  #spareBps = 0;
  #maxSpatialLayer = 0;
  #listensTo = 0;
  #cancelPatience: (() => void) | undefined;
  #askedAtMs = -Infinity;
  #askedLayer: number | undefined;
  /** Whether that was to find out whether anything arrives. */
  #askedBlocked = false;

  constructor(options: VideoDeliveryOptions) {
    this.#feed = options.feed;
    this.#request = options.request;
    this.#path = options.path;
    this.#clock = options.clock;
    this.#listener = options.listener;
  }

  /** True once nothing more is sent. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes sent since the start. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** The spatial layer that flows, or undefined. */
  get spatialLayer(): number | undefined {
    return this.#flowing;
  }

  /** The highest temporal layer that flows. */
  get maxTemporalLayer(): number {
    return this.#maxTemporalLayer;
  }

  /** The stream is open: sends the cached group of pictures, if there is one that fits. */
  start(stream: PathStream): void {
    if (this.#ended) {
      this.#path.streams.end(stream);
      return;
    }
    this.#stream = stream;
    const nowMs = this.#clock.now();
    this.select(nowMs, false);
    const wanted = this.#selection.spatialLayer;
    const group = wanted === undefined ? [] : this.#startingGroup(wanted);
    for (const frame of group) this.offer(frame, nowMs);
    if (group.length === 0) this.#askAfterPatience();
  }

  /**
   * Sets what may be sent; 0 bits per second: nothing.
   *
   * @param spareBps what the path carries besides and nobody needs, bits per second.
   */
  setBudget(budgetBps: number, spareBps: number, maxSpatialLayer: number, nowMs: number): void {
    this.#budgetBps = budgetBps;
    this.#spareBps = spareBps;
    this.#maxSpatialLayer = maxSpatialLayer;
    this.select(nowMs);
  }

  /** Decides anew which layers to send; `asks` for a key frame where one is needed. */
  select(nowMs: number, asks = true): void {
    if (this.#ended || this.#stream === undefined) return;
    const selection = this.#selection;
    selection.update({
      nowMs,
      budgetBps: this.#budgetBps,
      roomBps: this.#budgetBps + this.#spareBps,
      maxSpatialLayer: this.#maxSpatialLayer,
      layers: encodedLayers(this.#feed, nowMs),
      queueing: this.#path.isQueueing,
    });
    const wanted = selection.spatialLayer;
    if (wanted === undefined) this.#stop(nowMs);
    this.#maxTemporalLayer = Math.min(this.#maxTemporalLayer, selection.maxTemporalLayer);
    this.#listen();
    if (asks && wanted !== undefined && wanted !== this.#flowing) this.#ask(wanted, nowMs);
  }

  /** Takes the next frame of a layer; synchronous, since it runs once per subscriber and frame. */
  offer(frame: Frame, nowMs: number): void {
    const stream = this.#stream;
    if (stream === undefined || this.#ended) return;
    const { frameType, spatialLayer } = frame.header;
    const isKeyFrame = frameType === FrameType.videoKey;
    if (isKeyFrame && spatialLayer === this.#selection.spatialLayer) {
      this.#offerKeyFrame(stream, frame, nowMs);
    } else if (spatialLayer === this.#flowing) {
      this.#offerFlowing(stream, frame, nowMs);
    } else {
      this.#feed.meter.framesSkipped += spatialLayer === this.#selection.spatialLayer ? 1 : 0;
      this.#ask(spatialLayer, nowMs);
    }
  }

  /** Nothing more follows. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelPatience?.();
    this.#feed.listen(this.#listener(), 0);
    if (this.#stream === undefined) return;
    this.#path.pacer.forget(this.#stream, this.#clock.now());
    this.#path.streams.end(this.#stream);
  }

  /** A key frame of the wanted layer: from here on that layer flows. */
  #offerKeyFrame(stream: PathStream, frame: Frame, nowMs: number): void {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    const blockedMs = this.#path.blockedMs(nowMs);
    if (blockedMs !== undefined && this.#flowing === undefined) {
      this.#probeBlocked(stream, frame, nowMs);
      return;
    }
    if (this.#overfull(stream, frame, nowMs)) {
      this.#feed.meter.framesSkipped++;
      // The old layer goes on if it can; the next key frame may fit.
      if (this.#flowing === frame.header.spatialLayer) this.#stop(nowMs);
      return;
    }
    const { spatialLayer } = frame.header;
    const switches = spatialLayer !== this.#flowing;
    this.#flowing = spatialLayer;
    this.#decodable = new DecodableFrames();
    this.#maxTemporalLayer = this.#selection.maxTemporalLayer;
    if (switches) {
      this.#selection.switched(spatialLayer, nowMs);
      this.#listen();
    }
    this.#send(stream, frame, nowMs);
  }

  #offerFlowing(stream: PathStream, frame: Frame, nowMs: number): void {
    const { header } = frame;
    const isBase = header.temporalLayer === 0;
    if (isBase) this.#maxTemporalLayer = this.#selection.maxTemporalLayer;
    if (header.temporalLayer > this.#maxTemporalLayer) return;
    if (!isBase && (this.#path.pacer.queuedMs > MAX_PACED_TEMPORAL_MS || this.#path.pacer.held)) {
      this.#feed.meter.framesSkipped++;
      return;
    }
    if (!this.#decodable.allows(header)) {
      if (isBase) this.#skipToKeyFrame(nowMs);
      return;
    }
    if (this.#overfull(stream, frame, nowMs)) this.#skipToKeyFrame(nowMs);
    else this.#send(stream, frame, nowMs);
  }

  #send(stream: PathStream, frame: Frame, nowMs: number): void {
    if (!this.#path.pacer.send(stream, frame.bytes, nowMs)) {
      this.#skipToKeyFrame(nowMs);
      return;
    }
    this.#decodable.admit(frame.header);
    this.#count(frame);
  }

  #count({ header, bytes }: Frame): void {
    this.#sentSequences[header.spatialLayer] = header.sequence;
    this.#sentBytes += bytes.length;
    const { meter } = this.#feed;
    meter.bytesSent += bytes.length;
    meter.framesSent++;
  }

  /** Whether too much waits, or is on the way, for one more frame. */
  #overfull(stream: PathStream, { bytes }: Frame, nowMs: number): boolean {
    const { pacer } = this.#path;
    if ((this.#path.blockedMs(nowMs) ?? 0) > MAX_HELD_MS || pacer.queuedMs > MAX_PACED_MS) {
      return true;
    }
    return !this.#admits(stream, bytes.length);
  }

  #admits(stream: PathStream, bytes: number): boolean {
    return this.#path.admits(bytes) &&
      (stream.bytesInFlight === 0 || stream.bytesInFlight + bytes <= MAX_VIDEO_BYTES_IN_FLIGHT);
  }

  /** The last report may have been lost, and only a stream that moves is reported again. */
  #probeBlocked(stream: PathStream, frame: Frame, nowMs: number): void {
    this.#feed.meter.framesSkipped++;
    if (stream.quietMs(nowMs) < BLOCKED_PROBE_INTERVAL_MS) return;
    if (!this.#admits(stream, frame.bytes.length)) return;
    this.#path.pacer.force(stream, frame.bytes, nowMs);
    this.#count(frame);
  }

  #skipToKeyFrame(nowMs: number): void {
    this.#feed.meter.framesSkipped++;
    this.#stop(nowMs);
  }

  /** Nothing flows until a key frame; what waits would only be in its way. */
  #stop(nowMs: number): void {
    if (this.#flowing === undefined) return;
    if (this.#stream !== undefined) this.#path.pacer.forget(this.#stream, nowMs);
    this.#flowing = undefined;
    this.#askedLayer = undefined;
    this.#selection.switched(undefined, nowMs);
    this.#listen();
  }

  /** Listens to what flows and to what is to flow next. */
  #listen(): void {
    const wanted = this.#selection.spatialLayer;
    const mask = (this.#flowing === undefined ? 0 : 1 << this.#flowing) |
      (wanted === undefined ? 0 : 1 << wanted);
    if (mask === this.#listensTo) return;
    this.#listensTo = mask;
    this.#feed.listen(this.#listener(), mask);
  }

  /** Asks for a key frame of the wanted layer, and again when none comes. */
  #ask(spatialLayer: number, nowMs: number): void {
    if (this.#cancelPatience !== undefined || spatialLayer !== this.#selection.spatialLayer) return;
    const isBlocked = this.#path.blockedMs(nowMs) !== undefined;
    const isNew = this.#askedLayer !== spatialLayer || (this.#askedBlocked && !isBlocked);
    if (!isNew && nowMs - this.#askedAtMs < KEY_FRAME_RETRY_MS) return;
    if (!this.#couldSendKeyFrame(nowMs)) return;
    this.#askedLayer = spatialLayer;
    this.#askedBlocked = isBlocked;
    this.#askedAtMs = nowMs;
    this.#feed.requestKeyFrame(spatialLayer);
  }

  /** While there is no room a key frame would be asked for in vain. */
  #couldSendKeyFrame(nowMs: number): boolean {
    if (this.#path.blockedMs(nowMs) !== undefined) {
      return this.#stream!.quietMs(nowMs) >= BLOCKED_PROBE_INTERVAL_MS;
    }
    return this.#path.pacer.queuedMs <= MAX_PACED_MS / 2;
  }

  #askAfterPatience(): void {
    this.#cancelPatience = this.#clock.after(this.#request.patienceMs, () => {
      this.#cancelPatience = undefined;
      if (!this.#ended) this.select(this.#clock.now());
    });
  }

  #startingGroup(spatialLayer: number): readonly Frame[] {
    const group = this.#feed.startingGroup(spatialLayer, this.#request.groupsSinceMs);
    if (group.length === 0) return group;
    if (group[0]!.header.sequence <= (this.#sentSequences[spatialLayer] ?? -1)) return [];
    let bytes = 0;
    for (const frame of group) bytes += frame.bytes.length;
    const mostBytes = (this.#budgetBps * MAX_STARTING_GROUP_MS) / 8_000;
    return bytes <= Math.max(mostBytes, SMALL_GROUP_BYTES) ? group : [];
  }
}

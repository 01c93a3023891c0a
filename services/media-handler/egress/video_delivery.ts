import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { encodeStreamHeader, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import type { Clock } from "../clock.ts";
import { Flight, type SubscriberFlight } from "../congestion/flight.ts";
import { type FlightPolicy, videoFlightPolicy } from "../congestion/flight_policy.ts";
import { KEY_FRAME_PATIENCE_MS, KEY_FRAME_RETRY_MS } from "../limits.ts";
import type { LayerWish, PublicationFeed, Subscription } from "../routing/subscription.ts";
import type { OutgoingStream } from "./outgoing_stream.ts";

type State =
  /** The stream to the subscriber is not open yet; the group cache remembers for us. */
  | { readonly name: "opening" }
  /** Nothing is sent until a key frame comes. */
  | { readonly name: "awaiting-key-frame"; readonly stream: OutgoingStream }
  | { readonly name: "flowing"; readonly stream: OutgoingStream }
  /** Too much was in flight: nothing is sent until it has drained. */
  | { readonly name: "draining"; readonly stream: OutgoingStream }
  | { readonly name: "ended" };

/** What a video delivery needs to know. */
export interface VideoDeliveryOptions {
  readonly feed: PublicationFeed;
  /** Groups whose key frame arrived before this must not be sent (proto/README.md, "Joining"). */
  readonly groupsSinceMs: number;
  readonly shared: SubscriberFlight;
  readonly clock: Clock;
  /** How long to wait for a key frame that comes by itself before asking for one. */
  readonly patienceMs?: number;
  readonly policy?: FlightPolicy;
}

/**
 * One published video stream on its way to one subscriber, on one long unidirectional stream. What
 * is written cannot be taken back, so it decides before each write, and a subscriber that does not
 * keep up skips to the next key frame.
 */
export class VideoDelivery implements Subscription {
  readonly #feed: PublicationFeed;
  readonly #groupsSinceMs: number;
  readonly #clock: Clock;
  readonly #shared: SubscriberFlight;
  readonly #flight: Flight;
  readonly #patienceMs: number;
  #state: State = { name: "opening" };
  #layer = 0;
  #cancelPatience: (() => void) | undefined;

  /** Called when it has ended. */
  onEnd: () => void = () => {};

  constructor(options: VideoDeliveryOptions) {
    this.#feed = options.feed;
    this.#groupsSinceMs = options.groupsSinceMs;
    this.#clock = options.clock;
    this.#shared = options.shared;
    this.#patienceMs = options.patienceMs ?? KEY_FRAME_PATIENCE_MS;
    this.#flight = new Flight(options.policy ?? videoFlightPolicy, options.shared);
  }

  get rttMs(): number | undefined {
    return this.#shared.smoothedRttMs;
  }

  /** Bytes that the subscriber has not acknowledged. */
  get bytesInFlight(): number {
    return this.#flight.bytesInFlight;
  }

  /** Whether the subscriber's next acknowledgement is needed soon. */
  wantsAcknowledgements(nowMs: number): boolean {
    return this.#state.name === "draining" || this.#flight.wantsAcknowledgements(nowMs);
  }

  /** True once nothing more is sent. */
  get ended(): boolean {
    return this.#state.name === "ended";
  }

  /** The stream is open: sends its header and, if there is one, the cached group of pictures. */
  start(stream: OutgoingStream, deliveryNumber: number): void {
    if (this.#state.name !== "opening") {
      stream.close();
      return;
    }
    const nowMs = this.#clock.now();
    this.#layer = this.#feed.layers.at(-1)?.spatialLayer ?? 0;
    this.#feed.listen(this, 1 << this.#layer);
    const header = encodeStreamHeader({
      kind: StreamKind.forwardVideo,
      spatialLayer: 0,
      deliveryNumber,
      streamId: this.#feed.streamId,
    });
    stream.write(header);
    this.#flight.sent(header.length, nowMs);
    this.#state = { name: "awaiting-key-frame", stream };
    const group = this.#feed.startingGroup(this.#layer, this.#groupsSinceMs);
    for (const frame of group) this.offer(frame, nowMs);
    if (group.length === 0) this.#askAfterPatience();
  }

  offer(frame: Frame, nowMs: number): void {
    const state = this.#state;
    switch (state.name) {
      case "flowing":
        if (this.#flight.admits(frame.bytes.length, nowMs)) this.#send(state.stream, frame, nowMs);
        else this.#stop(state.stream);
        return;
      case "awaiting-key-frame":
        this.#offerWhileAwaiting(state.stream, frame, nowMs);
        return;
      case "draining":
        this.#offerWhileDraining(state.stream, frame, nowMs);
        return;
    }
  }

  /** Follows the best layer that is sent. */
  layersChanged(): void {
    const best = this.#feed.layers.at(-1)?.spatialLayer;
    if (best === undefined || best === this.#layer || this.#state.name === "ended") return;
    this.#layer = best;
    this.#feed.listen(this, 1 << best);
    if (this.#state.name !== "flowing") return;
    this.#state = { name: "awaiting-key-frame", stream: this.#state.stream };
    this.#feed.requestKeyFrame(best);
  }

  setOptions(): void {}

  get wish(): LayerWish | undefined {
    return { budgetBps: Infinity, maxSpatialLayer: 15, maxTemporalLayer: 15 };
  }

  /** Takes the subscriber's cumulative count; false when it claims more than was sent. */
  acknowledge(receivedBytes: number, nowMs: number): boolean {
    if (!this.#flight.acknowledge(receivedBytes, nowMs)) return false;
    if (this.#state.name === "draining" && this.#flight.resume(nowMs)) {
      this.#state = { name: "awaiting-key-frame", stream: this.#state.stream };
      this.#feed.requestKeyFrame(this.#layer);
    }
    return true;
  }

  end(): void {
    if (this.#state.name === "ended") return;
    if (this.#state.name !== "opening") this.#state.stream.close();
    this.#state = { name: "ended" };
    this.#cancelPatience?.();
    this.onEnd();
  }

  /** The session or the stream is gone: what was in flight no longer counts. */
  release(): void {
    this.end();
    this.#flight.release();
  }

  #offerWhileAwaiting(stream: OutgoingStream, frame: Frame, nowMs: number): void {
    if (frame.header.frameType !== FrameType.videoKey) {
      if (this.#cancelPatience === undefined) this.#askAgain(nowMs);
      return;
    }
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    if (this.#flight.admits(frame.bytes.length, nowMs)) {
      this.#state = { name: "flowing", stream };
      this.#send(stream, frame, nowMs);
    } else {
      this.#stop(stream);
    }
  }

  #offerWhileDraining(stream: OutgoingStream, frame: Frame, nowMs: number): void {
    if (this.#flight.resume(nowMs)) {
      this.#state = { name: "awaiting-key-frame", stream };
      this.#offerWhileAwaiting(stream, frame, nowMs);
      return;
    }
    this.#feed.meter.framesSkipped++;
    if (!this.#flight.probes(frame.bytes.length, nowMs)) return;
    if (frame.header.frameType === FrameType.videoKey) this.#send(stream, frame, nowMs);
    else this.#askAgain(nowMs);
  }

  #send(stream: OutgoingStream, frame: Frame, nowMs: number): void {
    const { bytes } = frame;
    stream.write(bytes);
    this.#flight.sent(bytes.length, nowMs);
    const { meter } = this.#feed;
    meter.bytesSent += bytes.length;
    meter.framesSent++;
  }

  #stop(stream: OutgoingStream): void {
    this.#state = { name: "draining", stream };
    this.#feed.meter.framesSkipped++;
  }

  #askAfterPatience(): void {
    this.#cancelPatience = this.#clock.after(this.#patienceMs, () => {
      this.#cancelPatience = undefined;
      if (this.#state.name === "awaiting-key-frame") this.#feed.requestKeyFrame(this.#layer);
    });
  }

  #askAgain(nowMs: number): void {
    if (nowMs - this.#feed.keyFrameRequestedAtMs(this.#layer) >= KEY_FRAME_RETRY_MS) {
      this.#feed.requestKeyFrame(this.#layer);
    }
  }
}

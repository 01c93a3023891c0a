import type { AcknowledgementEntry } from "../../../proto/media_stream/acknowledgement.ts";
import type { Clock } from "../clock.ts";
import { SubscriberFlight } from "../congestion/flight.ts";
import { MAX_ENDED_DELIVERIES, MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER } from "../limits.ts";
import type {
  PublicationFeed,
  Subscription,
  SubscriptionRequest,
} from "../routing/subscription.ts";
import type { AudioBatchTimer } from "./audio_batch_timer.ts";
import { AudioDelivery } from "./audio_delivery.ts";
import type { OutgoingStreams } from "./outgoing_stream.ts";
import { AUDIO_SEND_ORDER, videoSendOrder } from "./send_order.ts";
import { VideoDelivery } from "./video_delivery.ts";

/** What a subscriber needs to know. */
export interface SubscriberOptions {
  readonly streams: OutgoingStreams;
  readonly clock: Clock;
  readonly batches: AudioBatchTimer;
  /** Called when a stream could not be opened. */
  readonly onOpenFailed: (streamId: string | undefined, error: unknown) => void;
  /** Called when the subscriber's acknowledgements are needed, at each frame until they are there. */
  readonly wantAcknowledgements: () => void;
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

/** All that goes to one connected participant: one audio stream and its video streams. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #shared: SubscriberFlight;
  readonly #videos = new Map<number, VideoDelivery>();
  /** Deliveries that ended, whose last bytes still count until they are acknowledged. */
  readonly #ended = new Map<number, VideoDelivery>();
  #audio: { readonly delivery: AudioDelivery; readonly number: number } | undefined;
  #lastNumber = 0;
  #released = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#shared = new SubscriberFlight(options.wantAcknowledgements);
  }

  /** Bytes of all streams that are not acknowledged. */
  get bytesInFlight(): number {
    return this.#shared.bytesInFlight;
  }

  /** Streams that are sent now. */
  get streamCount(): number {
    return this.#videos.size + (this.#audio === undefined ? 0 : 1);
  }

  /** Starts sending `feed`; of its groups only those whose key frame is not older. */
  subscribe(feed: PublicationFeed, request: SubscriptionRequest): Subscription {
    const { groupsSinceMs, patienceMs } = request;
    if (feed.isAudio) return this.#openAudio().subscription(feed);
    if (this.#videos.size >= MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER) {
      this.#options.onOpenFailed(feed.streamId, new Error("too many streams"));
      return REFUSED;
    }
    return this.#openVideo(feed, groupsSinceMs, patienceMs);
  }

  /** Whether a stream cannot go on for long without hearing from the subscriber. */
  get wantsAcknowledgements(): boolean {
    const nowMs = this.#options.clock.now();
    if (this.#audio?.delivery.wantsAcknowledgements(nowMs)) return true;
    for (const delivery of this.#videos.values()) {
      if (delivery.wantsAcknowledgements(nowMs)) return true;
    }
    return false;
  }

  /** Takes acknowledgements; returns how many of them are impossible. */
  acknowledge(entries: readonly AcknowledgementEntry[]): number {
    const nowMs = this.#options.clock.now();
    let impossible = 0;
    for (const { deliveryNumber, receivedBytes } of entries) {
      if (!this.#acknowledge(deliveryNumber, receivedBytes, nowMs)) impossible++;
    }
    return impossible;
  }

  /** The session is gone. */
  release(): void {
    this.#released = true;
    for (const delivery of this.#videos.values()) delivery.release();
    for (const delivery of this.#ended.values()) delivery.release();
    this.#videos.clear();
    this.#ended.clear();
    this.#audio?.delivery.release();
    this.#audio = undefined;
  }

  #acknowledge(deliveryNumber: number, receivedBytes: number, nowMs: number): boolean {
    if (deliveryNumber === 0 || deliveryNumber > this.#lastNumber) return false;
    if (deliveryNumber === this.#audio?.number) {
      return this.#audio.delivery.acknowledge(receivedBytes, nowMs);
    }
    const video = this.#videos.get(deliveryNumber);
    if (video !== undefined) return video.acknowledge(receivedBytes, nowMs);
    const ended = this.#ended.get(deliveryNumber);
    // What was forgotten was sent once: late news of it is no fault.
    if (ended === undefined) return true;
    const possible = ended.acknowledge(receivedBytes, nowMs);
    if (ended.bytesInFlight === 0) this.#ended.delete(deliveryNumber);
    return possible;
  }

  #openAudio(): AudioDelivery {
    if (this.#audio !== undefined) return this.#audio.delivery;
    const { clock, batches, streams, onOpenFailed } = this.#options;
    const delivery = new AudioDelivery({ shared: this.#shared, clock, batches });
    const number = ++this.#lastNumber;
    this.#audio = { delivery, number };
    const forget = () => {
      delivery.release();
      if (this.#audio?.delivery === delivery) this.#audio = undefined;
    };
    streams.open(AUDIO_SEND_ORDER, forget).then(
      (stream) => delivery.start(stream, number),
      (error) => {
        forget();
        if (!this.#released) onOpenFailed(undefined, error);
      },
    );
    return delivery;
  }

  #openVideo(feed: PublicationFeed, groupsSinceMs: number, patienceMs: number): Subscription {
    const { clock, streams, onOpenFailed } = this.#options;
    const shared = this.#shared;
    const delivery = new VideoDelivery({ feed, groupsSinceMs, shared, clock, patienceMs });
    const number = ++this.#lastNumber;
    this.#videos.set(number, delivery);
    const forget = () => {
      delivery.release();
      this.#videos.delete(number);
      this.#ended.delete(number);
    };
    streams.open(videoSendOrder(feed.type), forget).then(
      (stream) => delivery.start(stream, number),
      (error) => {
        forget();
        if (!this.#released) onOpenFailed(feed.streamId, error);
      },
    );
    delivery.onEnd = () => this.#end(number, delivery);
    return delivery;
  }

  #end(number: number, delivery: VideoDelivery): void {
    if (!this.#videos.delete(number) || delivery.bytesInFlight === 0) return;
    this.#ended.set(number, delivery);
    if (this.#ended.size <= MAX_ENDED_DELIVERIES) return;
    const [oldest, forgotten] = this.#ended.entries().next().value!;
    forgotten.release();
    this.#ended.delete(oldest);
  }
}

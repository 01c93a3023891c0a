import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { KeyFrameGovernor } from "../ingress/key_frame_governor.ts";
import { StreamMeter } from "../telemetry/stream_meter.ts";
import { LayerListeners } from "./layer_listeners.ts";
import { ReceivedLayer } from "./received_layer.ts";
import type { LayerDescription, LayerFeed, PublicationFeed, Subscription } from "./subscription.ts";

/** The receiving end of one spatial layer, in the hands of the reader of its stream. */
export interface PublishedLayer {
  /** Takes the next frame of the layer, already validated. */
  receive(frame: Frame, nowMs: number): void;
  /** The stream ended. */
  end(): void;
}

/** What a publication needs to know. */
export interface PublicationOptions {
  readonly streamId: string;
  readonly publisherId: string;
  readonly type: StreamType;
  readonly clock: Clock;
  /** Asks the publisher for a key frame of a layer. */
  readonly requestKeyFrame: (spatialLayer: number) => void;
  /** Called when a subscription came, went or wishes something else. */
  readonly onWishesChanged?: () => void;
}

/** All layers: sound has no others, and is offered to everyone. */
const EVERY_LAYER = -1;

/**
 * One published stream: takes the frames of its layers and hands those of each layer, in the same
 * turn, to every subscription that listens to it.
 */
export class Publication implements PublicationFeed {
  readonly streamId: string;
  readonly publisherId: string;
  readonly type: StreamType;
  readonly isAudio: boolean;
  readonly meter = new StreamMeter();
  readonly #clock: Clock;
  readonly #requestKeyFrame: (spatialLayer: number) => void;
  readonly #onWishesChanged: () => void;
  readonly #layers = new Map<number, ReceivedLayer>();
  readonly #listeners = new LayerListeners();
  #ladder: readonly LayerDescription[] = [];
  /** The layers that began with a key frame; replaced, never changed. */
  #started: readonly LayerFeed[] = [];
  #subscriptions: readonly Subscription[] = [];
  #silenced = false;
  #ended = false;

  constructor(options: PublicationOptions) {
    this.streamId = options.streamId;
    this.publisherId = options.publisherId;
    this.type = options.type;
    this.isAudio = options.type === StreamType.AUDIO || options.type === StreamType.AUDIO_SCREEN;
    this.#clock = options.clock;
    this.#requestKeyFrame = options.requestKeyFrame;
    this.#onWishesChanged = options.onWishesChanged ?? (() => {});
  }

  /** Everyone whom the stream is routed to, whether or not it is visible there. */
  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  /** The layers that its publisher can encode, by spatial layer; empty before it told. */
  get ladder(): readonly LayerDescription[] {
    return this.#ladder;
  }

  set ladder(ladder: readonly LayerDescription[]) {
    this.#ladder = bySpatialLayer(ladder);
    this.#tellLayersChanged();
  }

  /** Whether its publisher told exactly these layers, in whatever order. */
  hasLadder(ladder: readonly LayerDescription[]): boolean {
    return JSON.stringify(bySpatialLayer(ladder)) === JSON.stringify(this.#ladder);
  }

  /** Whether nothing of it is forwarded, whatever its publisher sends. */
  get silenced(): boolean {
    return this.#silenced;
  }

  /** What was silenced goes on with a key frame, which its publisher is asked for at once. */
  set silenced(silenced: boolean) {
    if (this.#silenced === silenced || this.#ended) return;
    this.#silenced = silenced;
    if (this.isAudio) return;
    if (silenced) {
      for (const layer of this.#layers.values()) layer.restart();
      this.#layersChanged();
    } else for (const layer of this.#layers.values()) layer.governor.request();
  }

  get layers(): readonly LayerFeed[] {
    return this.#started;
  }

  /**
   * A stream of `spatialLayer` opened. It supersedes one that is still open, since the publisher
   * starts a new one only when the old one is of no use.
   *
   * @param onEnded called when the layer is superseded or the publication ends.
   */
  openLayer(spatialLayer: number, onEnded: () => void): PublishedLayer {
    this.#closeLayer(spatialLayer);
    const governor = new KeyFrameGovernor(
      this.#clock,
      () => this.#requestKeyFrame(spatialLayer),
    );
    const layer = new ReceivedLayer(spatialLayer, governor, onEnded);
    this.#layers.set(spatialLayer, layer);
    return {
      receive: (frame, nowMs) => {
        if (this.#layers.get(spatialLayer) === layer) this.#receive(layer, frame, nowMs);
      },
      end: () => {
        if (this.#layers.get(spatialLayer) === layer) this.#layerEnded(layer);
      },
    };
  }

  /** Hands what follows to `subscription` too. */
  addSubscription(subscription: Subscription): void {
    this.#subscriptions = [...this.#subscriptions, subscription];
    if (this.isAudio) this.listen(subscription, EVERY_LAYER);
    this.#onWishesChanged();
  }

  /** Hands nothing more to `subscription`. */
  removeSubscription(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    this.#listeners.set(subscription, 0);
    this.#onWishesChanged();
  }

  listen(subscription: Subscription, layerMask: number): void {
    if (!this.#ended) this.#listeners.set(subscription, layerMask);
  }

  wishChanged(): void {
    this.#onWishesChanged();
  }

  startingGroup(spatialLayer: number, sinceMs: number): readonly Frame[] {
    return this.#layers.get(spatialLayer)?.cache.group(sinceMs) ?? [];
  }

  requestKeyFrame(spatialLayer: number): void {
    if (this.isAudio || this.#silenced) return;
    this.#layers.get(spatialLayer)?.governor.request();
  }

  keyFrameRequestedAtMs(spatialLayer: number): number {
    return this.#layers.get(spatialLayer)?.governor.sentAtMs ?? -Infinity;
  }

  /** The stream is unpublished: its readers and subscriptions end. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const number of [...this.#layers.keys()]) this.#closeLayer(number);
    for (const subscription of this.#subscriptions) {
      this.#listeners.set(subscription, 0);
      subscription.end();
    }
    this.#subscriptions = [];
  }

  #receive(layer: ReceivedLayer, frame: Frame, nowMs: number): void {
    const { bytes, header } = frame;
    this.meter.received(bytes.length, header.timestampUs, nowMs);
    if (this.#silenced) {
      this.meter.framesSilenced++;
      return;
    }
    if (!this.isAudio && !this.#admitVideo(layer, frame, nowMs)) return;
    const listeners = this.#listeners.of(layer.spatialLayer);
    for (let index = 0; index < listeners.length; index++) listeners[index]!.offer(frame, nowMs);
  }

  /** Keeps cache and measurement; false before the first key frame of the layer's stream. */
  #admitVideo(layer: ReceivedLayer, frame: Frame, nowMs: number): boolean {
    const isKeyFrame = frame.header.frameType === FrameType.videoKey;
    if (!layer.started && !isKeyFrame) {
      // It depends on what nobody has.
      layer.governor.request();
      return false;
    }
    const starts = !layer.started;
    layer.add(frame, nowMs);
    if (starts) this.#layersChanged();
    return true;
  }

  #layerEnded(layer: ReceivedLayer): void {
    layer.governor.end();
    this.#layers.delete(layer.spatialLayer);
    this.#layersChanged();
  }

  #closeLayer(spatialLayer: number): void {
    const layer = this.#layers.get(spatialLayer);
    if (layer === undefined) return;
    this.#layerEnded(layer);
    layer.onEnded();
  }

  #layersChanged(): void {
    this.#started = [...this.#layers.values()]
      .filter(({ started }) => started)
      .sort((a, b) => a.spatialLayer - b.spatialLayer);
    this.#tellLayersChanged();
  }

  #tellLayersChanged(): void {
    if (this.isAudio || this.#ended) return;
    const nowMs = this.#clock.now();
    for (const subscription of this.#subscriptions) subscription.layersChanged(nowMs);
  }
}

function bySpatialLayer(ladder: readonly LayerDescription[]): LayerDescription[] {
  return ladder.toSorted((a, b) => a.spatialLayer - b.spatialLayer);
}

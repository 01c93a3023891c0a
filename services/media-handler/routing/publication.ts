import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { GroupCache } from "../ingress/group_cache.ts";
import { KeyFrameGovernor } from "../ingress/key_frame_governor.ts";
import { StreamMeter } from "../telemetry/stream_meter.ts";
import type { PublicationFeed, Subscription } from "./subscription.ts";

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
}

interface Layer {
  readonly number: number;
  readonly cache: GroupCache;
  readonly governor: KeyFrameGovernor;
  readonly onEnded: () => void;
  /** Frames before the first key frame of its stream depend on what nobody has. */
  awaitsKeyFrame: boolean;
}

/**
 * One published stream: takes the frames of its layers and hands those of the forwarded layer, the
 * highest that is sent, to every subscription in the same turn.
 */
export class Publication implements PublicationFeed {
  readonly streamId: string;
  readonly publisherId: string;
  readonly type: StreamType;
  readonly isAudio: boolean;
  readonly meter = new StreamMeter();
  readonly #clock: Clock;
  readonly #requestKeyFrame: (spatialLayer: number) => void;
  readonly #layers = new Map<number, Layer>();
  /** Replaced, never changed, so that a loop over it is safe. */
  #subscriptions: readonly Subscription[] = [];
  #forwardedLayer = 0;
  #ended = false;

  constructor(options: PublicationOptions) {
    this.streamId = options.streamId;
    this.publisherId = options.publisherId;
    this.type = options.type;
    this.isAudio = options.type === StreamType.AUDIO || options.type === StreamType.AUDIO_SCREEN;
    this.#clock = options.clock;
    this.#requestKeyFrame = options.requestKeyFrame;
  }

  /** Subscriptions that frames go to. */
  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  get keyFrameRequestedAtMs(): number {
    return this.#layers.get(this.#forwardedLayer)?.governor.sentAtMs ?? -Infinity;
  }

  /**
   * A stream of `spatialLayer` opened. It supersedes one that is still open, since the publisher
   * starts a new one only when the old one is of no use.
   *
   * @param onEnded called when the layer is superseded or the publication ends.
   */
  openLayer(spatialLayer: number, onEnded: () => void): PublishedLayer {
    this.#closeLayer(spatialLayer);
    const layer: Layer = {
      number: spatialLayer,
      cache: new GroupCache(),
      governor: new KeyFrameGovernor(this.#clock, () => this.#requestKeyFrame(spatialLayer)),
      onEnded,
      awaitsKeyFrame: !this.isAudio,
    };
    const isFirst = this.#layers.size === 0;
    this.#layers.set(spatialLayer, layer);
    if (isFirst) this.#forwardedLayer = spatialLayer;
    if (spatialLayer === this.#forwardedLayer) this.#restartSubscriptions();
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
  }

  /** Hands nothing more to `subscription`. */
  removeSubscription(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
  }

  startingGroup(sinceMs: number): readonly Frame[] {
    return this.#layers.get(this.#forwardedLayer)?.cache.group(sinceMs) ?? [];
  }

  requestKeyFrame(): void {
    this.requestKeyFrameOf(this.#forwardedLayer);
  }

  /** Asks for a key frame of one layer; does nothing while the layer is not sent. */
  requestKeyFrameOf(spatialLayer: number): void {
    if (!this.isAudio) this.#layers.get(spatialLayer)?.governor.request();
  }

  /** The stream is unpublished: its readers and subscriptions end. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const number of [...this.#layers.keys()]) this.#closeLayer(number);
    for (const subscription of this.#subscriptions) subscription.end();
    this.#subscriptions = [];
  }

  #receive(layer: Layer, frame: Frame, nowMs: number): void {
    const { bytes, header } = frame;
    this.meter.received(bytes.length, header.timestampUs, nowMs);
    if (!this.isAudio && !this.#admitVideo(layer, frame, nowMs)) return;
    const subscriptions = this.#subscriptions;
    for (let index = 0; index < subscriptions.length; index++) {
      subscriptions[index]!.offer(frame, nowMs);
    }
  }

  /** Keeps the group cache; true when the frame belongs to the forwarded layer. */
  #admitVideo(layer: Layer, frame: Frame, nowMs: number): boolean {
    const isKeyFrame = frame.header.frameType === FrameType.videoKey;
    if (layer.awaitsKeyFrame && !isKeyFrame) {
      layer.governor.request();
      return false;
    }
    layer.awaitsKeyFrame = false;
    layer.cache.add(frame, nowMs);
    if (isKeyFrame) {
      layer.governor.keyFrameArrived();
      if (layer.number > this.#forwardedLayer) this.#forwardedLayer = layer.number;
    }
    return layer.number === this.#forwardedLayer;
  }

  #closeLayer(spatialLayer: number): void {
    const layer = this.#layers.get(spatialLayer);
    if (layer === undefined) return;
    this.#layers.delete(spatialLayer);
    layer.governor.end();
    layer.onEnded();
  }

  /** The next lower layer takes over, from its next key frame on. */
  #layerEnded(layer: Layer): void {
    layer.governor.end();
    this.#layers.delete(layer.number);
    if (layer.number !== this.#forwardedLayer || this.#layers.size === 0) return;
    this.#forwardedLayer = Math.max(...this.#layers.keys());
    this.#restartSubscriptions();
    this.requestKeyFrame();
  }

  #restartSubscriptions(): void {
    for (const subscription of this.#subscriptions) subscription.restart();
  }
}

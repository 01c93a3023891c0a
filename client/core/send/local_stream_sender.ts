import { isUuid } from "../../../proto/media_frame/uuid.ts";
import { isVideo, type StreamType } from "../meeting/meeting_state.ts";
import { AudioSender } from "./audio_sender.ts";
import type { EncodingTarget } from "./encoding_target.ts";
import { LayerSender } from "./layer_sender.ts";
import type { EncodedFrame, LocalStream, LocalStreamDescription } from "./local_stream.ts";
import type { SealFrame } from "./seal_frame.ts";
import type { SimulcastLayer } from "./simulcast_layer.ts";
import { TargetAnnouncement } from "./target_announcement.ts";
import type { Uplink } from "./uplink.ts";
import type { SharingStream } from "./uplink_allocation.ts";

/** Audio before a shared screen before faces; a smaller layer before a larger one. */
const SEND_ORDERS: Readonly<Record<StreamType, number>> = {
  "audio": 3_000,
  "screen-audio": 2_900,
  "screen": 2_000,
  "camera": 1_000,
};
/** Rates of the one layer of a stream that describes none, bits per second. */
const ONLY_LAYER = {
  camera: { minBitrateBps: 50_000, maxBitrateBps: 2_500_000 },
  screen: { minBitrateBps: 150_000, maxBitrateBps: 3_000_000 },
} as const;

/** What a local stream tells its owner. */
export interface LocalStreamHooks {
  readonly now: () => number;
  /** Of this spatial layer, or of all. */
  readonly onKeyFrameNeeded: (streamId: string, spatialLayer: number | undefined) => void;
  readonly onEncodingTargets: (streamId: string, targets: readonly EncodingTarget[]) => void;
  readonly onSealError: (streamId: string, error: unknown) => void;
  /** The stream needs another part of the uplink than before. */
  readonly onNeedChanged: () => void;
}

/** How a stream is known to the servers for as long as one participant is. */
export interface Publication {
  /** The stream's id on the wire; another one for each participant that published it. */
  readonly wireStreamId: string;
  /** The encryption of one spatial layer. */
  readonly sealer: (wireStreamId: string, spatialLayer: number) => SealFrame;
}

type LayerRates = Pick<SimulcastLayer, "spatialLayer" | "minBitrateBps" | "maxBitrateBps">;

/**
 * One own stream over its whole life, through reconnects: the application's handle on one side, a
 * sender for its sound or for each of its spatial layers on the other.
 */
export class LocalStreamSender implements LocalStream {
  readonly description: LocalStreamDescription;
  readonly #hooks: LocalStreamHooks;
  readonly #layers = new Map<number, LayerSender>();
  readonly #announcement = new TargetAnnouncement();
  #audio: AudioSender | undefined;
  #demand: readonly EncodingTarget[] | undefined;
  #publication: Publication | undefined;
  #uplink: Uplink | undefined;
  #muted: boolean;
  #claimed = false;
  #closed = false;

  constructor(description: LocalStreamDescription, hooks: LocalStreamHooks) {
    this.description = description;
    this.#hooks = hooks;
    this.#muted = description.muted ?? false;
  }

  get streamId(): string {
    return this.description.streamId;
  }

  /** The id on the wire, while the stream is published. */
  get wireStreamId(): string | undefined {
    return this.#publication?.wireStreamId;
  }

  /** The id to publish under: the application's the first time, later another one each time. */
  claimWireStreamId(): string {
    if (this.#claimed || !isUuid(this.streamId)) return crypto.randomUUID();
    this.#claimed = true;
    return this.streamId;
  }

  /** The servers refused the publication under `wireStreamId`: nobody has seen that id. */
  releaseWireStreamId(wireStreamId: string): void {
    if (wireStreamId === this.streamId) this.#claimed = false;
  }

  get video(): boolean {
    return isVideo(this.description.type);
  }

  /** While true nothing is sent. */
  get muted(): boolean {
    return this.#muted;
  }

  /** Whether the stream is published and may send. */
  get active(): boolean {
    return this.#publication !== undefined && this.#uplink !== undefined && !this.#muted;
  }

  /** Whether a layer is being left out because the path does not take it. */
  get stopped(): boolean {
    return [...this.#layers.values()].some((layer) => layer.stopped);
  }

  /** Picture and sound stop and go on at once; telling the others is the caller's business. */
  setMuted(muted: boolean): void {
    if (this.#muted === muted) return;
    this.#muted = muted;
    this.#hooks.onNeedChanged();
    if (muted) return;
    // What was encoded meanwhile is unknown here.
    for (const layer of this.#layers.values()) layer.requireKeyFrame();
  }

  get needsKeyFrame(): boolean {
    if (!this.video) return false;
    if (this.#layers.size === 0) return true;
    return [...this.#layers.values()].some((layer) => layer.needsKeyFrame);
  }

  layerNeedsKeyFrame(spatialLayer: number): boolean {
    return this.video && (this.#layers.get(spatialLayer)?.needsKeyFrame ?? true);
  }

  send(frame: EncodedFrame): Promise<boolean> {
    if (this.#closed || this.#muted) return Promise.resolve(false);
    const sender = this.#audio ?? this.#layers.get(frame.spatialLayer ?? 0);
    return sender?.send(frame) ?? Promise.resolve(false);
  }

  /** The stream has been published by a participant; earlier numbers and keys are void. */
  publish(publication: Publication): void {
    this.#closeSenders();
    this.#publication = publication;
    const { wireStreamId, sealer } = publication;
    if (!this.video) this.#audio = this.#createAudio(wireStreamId, sealer(wireStreamId, 0));
    else {
      for (const { spatialLayer } of this.#rates()) {
        const seal = sealer(wireStreamId, spatialLayer);
        this.#layers.set(spatialLayer, this.#createLayer(wireStreamId, spatialLayer, seal));
      }
    }
  }

  /** Sends through another media session, or none. */
  attach(uplink: Uplink | undefined): void {
    this.#uplink = uplink;
    this.#audio?.attach(uplink);
    for (const layer of this.#layers.values()) layer.attach(uplink);
    this.#hooks.onNeedChanged();
  }

  /** The participant that published it is gone. */
  withdraw(): void {
    this.#closeSenders();
    this.#publication = undefined;
    this.#uplink = undefined;
    this.#demand = undefined;
    this.#hooks.onNeedChanged();
  }

  close(): void {
    this.#closed = true;
    this.withdraw();
  }

  /** Takes what of the stream anyone wants. */
  setDemand(demand: readonly EncodingTarget[]): void {
    this.#demand = demand;
    this.#hooks.onNeedChanged();
  }

  /** What the stream could use of the uplink; undefined while it sends no pictures. */
  sharing(): SharingStream | undefined {
    if (!this.video || !this.active) return undefined;
    return {
      streamId: this.streamId,
      screen: this.description.type === "screen",
      layers: this.#rates().map((rates) => {
        const demand = this.#demand?.find(({ spatialLayer }) =>
          spatialLayer === rates.spatialLayer
        );
        const told = this.#announcement.told?.find(({ spatialLayer }) =>
          spatialLayer === rates.spatialLayer
        );
        return {
          ...rates,
          // A layer that a demand does not name is not wanted.
          demandBps: this.#demand && (demand?.bitrateBps ?? 0),
          maxTemporalLayer: demand?.maxTemporalLayer,
          on: (told?.bitrateBps ?? 0) > 0,
        };
      }),
    };
  }

  /** Encodes and sends each layer at this from now on, as soon as that is worth telling. */
  allot(targets: readonly EncodingTarget[]): void {
    if (!this.#announcement.tell(targets, this.#hooks.now())) return;
    // The encoders first: a layer that begins calls for a key frame.
    this.#hooks.onEncodingTargets(this.streamId, targets);
    for (const { spatialLayer, bitrateBps, maxTemporalLayer } of targets) {
      this.#layers.get(spatialLayer)?.want(bitrateBps > 0, maxTemporalLayer);
    }
  }

  /** A key frame is called for, of one layer or of all. */
  callForKeyFrame(spatialLayer: number | undefined): void {
    if (this.#publication === undefined || !this.video || this.#muted) return;
    this.#hooks.onKeyFrameNeeded(this.streamId, spatialLayer);
  }

  /** Time passed, or something was reported. */
  update(): void {
    for (const layer of this.#layers.values()) layer.update();
  }

  #rates(): readonly LayerRates[] {
    const { type, layers = [], maxBitrateBps } = this.description;
    if (layers.length > 0) return layers;
    const only = ONLY_LAYER[type === "screen" ? "screen" : "camera"];
    return [{ spatialLayer: 0, ...only, ...(maxBitrateBps && { maxBitrateBps }) }];
  }

  #closeSenders(): void {
    this.#audio?.close();
    this.#audio = undefined;
    for (const layer of this.#layers.values()) layer.close();
    this.#layers.clear();
    this.#announcement.reset();
  }

  #createAudio(streamId: string, seal: SealFrame): AudioSender {
    return new AudioSender({
      streamId,
      sendOrder: SEND_ORDERS[this.description.type],
      seal,
      now: this.#hooks.now,
      onSealError: (error) => this.#hooks.onSealError(this.streamId, error),
    });
  }

  #createLayer(streamId: string, spatialLayer: number, seal: SealFrame): LayerSender {
    return new LayerSender({
      streamId,
      spatialLayer,
      sendOrder: SEND_ORDERS[this.description.type] - spatialLayer,
      seal,
      now: this.#hooks.now,
      onKeyFrameNeeded: () => this.callForKeyFrame(spatialLayer),
      onSealError: (error) => this.#hooks.onSealError(this.streamId, error),
    });
  }
}

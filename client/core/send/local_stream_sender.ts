import { MAX_LAYER } from "../../../proto/media_frame/frame_header.ts";
import { isUuid } from "../../../proto/media_frame/uuid.ts";
import { isVideo, type StreamType } from "../meeting/meeting_state.ts";
import type { EncodingTarget } from "./encoding_target.ts";
import { LayerSender, type SealFrame } from "./layer_sender.ts";
import type {
  EncodedFrame,
  LocalStream,
  LocalStreamDescription,
  UplinkReport,
} from "./local_stream.ts";
import { AUDIO_SEND_POLICY, VIDEO_SEND_POLICY } from "./send_gate.ts";
import type { Uplink } from "./uplink.ts";

/** Audio before a shared screen before faces; a smaller layer before a larger one. */
const SEND_ORDERS: Readonly<Record<StreamType, number>> = {
  "audio": 3_000,
  "screen-audio": 2_900,
  "screen": 2_000,
  "camera": 1_000,
};

/** What a local stream tells its owner. */
export interface LocalStreamHooks {
  readonly now: () => number;
  /** Of this spatial layer, or of all. */
  readonly onKeyFrameNeeded: (streamId: string, spatialLayer: number | undefined) => void;
  readonly onEncodingTargets: (streamId: string, targets: readonly EncodingTarget[]) => void;
  readonly onCongestion: (streamId: string, report: UplinkReport) => void;
  readonly onSealError: (streamId: string, error: unknown) => void;
}

/** How a stream is known to the servers for as long as one participant is. */
export interface Publication {
  /** The stream's id on the wire; another one for each participant that published it. */
  readonly wireStreamId: string;
  /** The encryption of one spatial layer. */
  readonly sealer: (wireStreamId: string, spatialLayer: number) => SealFrame;
}

/**
 * One own stream over its whole life, through reconnects: the application's handle on one side, a
 * layer sender for each spatial layer on the other.
 */
export class LocalStreamSender implements LocalStream {
  readonly description: LocalStreamDescription;
  readonly #hooks: LocalStreamHooks;
  readonly #layers = new Map<number, LayerSender>();
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

  /** Picture and sound stop and go on at once; telling the others is the caller's business. */
  setMuted(muted: boolean): void {
    if (this.#muted === muted) return;
    this.#muted = muted;
    if (muted || !this.video) return;
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
    const spatialLayer = frame.spatialLayer ?? 0;
    if (this.#closed || this.#muted || spatialLayer > MAX_LAYER) return Promise.resolve(false);
    return this.#layer(spatialLayer)?.send(frame) ?? Promise.resolve(false);
  }

  /** The stream has been published by a participant; earlier numbers and keys are void. */
  publish(publication: Publication): void {
    this.#closeLayers();
    this.#publication = publication;
    if (this.#uplink !== undefined) this.#layer(0);
  }

  /** Sends through another media session, or none; opens the base layer's stream at once. */
  attach(uplink: Uplink | undefined): void {
    this.#uplink = uplink;
    for (const layer of this.#layers.values()) layer.attach(uplink);
    if (uplink !== undefined) this.#layer(0);
  }

  /** The participant that published it is gone. */
  withdraw(): void {
    this.#closeLayers();
    this.#publication = undefined;
    this.#uplink = undefined;
  }

  close(): void {
    this.#closed = true;
    this.withdraw();
  }

  #closeLayers(): void {
    for (const layer of this.#layers.values()) layer.close();
    this.#layers.clear();
  }

  #layer(spatialLayer: number): LayerSender | undefined {
    const existing = this.#layers.get(spatialLayer);
    if (existing !== undefined || this.#publication === undefined) return existing;
    const { wireStreamId, sealer } = this.#publication;
    const { type } = this.description;
    const layer = new LayerSender({
      streamId: wireStreamId,
      spatialLayer,
      audio: !this.video,
      sendOrder: SEND_ORDERS[type] - spatialLayer,
      policy: this.video ? VIDEO_SEND_POLICY : AUDIO_SEND_POLICY,
      seal: sealer(wireStreamId, spatialLayer),
      now: this.#hooks.now,
      onKeyFrameNeeded: () => this.#hooks.onKeyFrameNeeded(this.streamId, spatialLayer),
      onCongestion: (report) => this.#hooks.onCongestion(this.streamId, report),
      onSealError: (error) => this.#hooks.onSealError(this.streamId, error),
    });
    this.#layers.set(spatialLayer, layer);
    if (this.#uplink !== undefined) layer.attach(this.#uplink);
    return layer;
  }
}

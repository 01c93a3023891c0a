import {
  AUDIO_LEVEL_SILENCE,
  type FrameHeader,
  FrameType,
} from "../../../proto/media_frame/frame_header.ts";
import { InOrderSealing } from "./in_order_sealing.ts";
import { LayerGate } from "./layer_gate.ts";
import type { EncodedFrame } from "./local_stream.ts";
import type { SealFrame } from "./seal_frame.ts";
import { TemporalReferences } from "./temporal_references.ts";
import type { Uplink } from "./uplink.ts";
import type { UplinkStream } from "./uplink_stream.ts";

/** How long after a refused stream the next is opened, milliseconds. */
export const REOPEN_DELAY_MS = 1_000;

/** What a layer sender needs to know. */
export interface LayerSenderOptions {
  /** The stream's id on the wire. */
  readonly streamId: string;
  readonly spatialLayer: number;
  readonly sendOrder: number;
  readonly seal: SealFrame;
  readonly now: () => number;
  /** The encoder must make a key frame now. */
  readonly onKeyFrameNeeded: () => void;
  /** A frame could not be encrypted and was dropped. */
  readonly onSealError: (error: unknown) => void;
}

interface OpenedLayer {
  readonly uplink: Uplink;
  readonly stream: UplinkStream;
  readonly gate: LayerGate;
}

/**
 * Sends the frames of one spatial layer of a video stream: leaves out what the path does not take,
 * numbers and encrypts the rest in order. Survives the media session: {@link attach} continues in
 * another one. Its stream is open only while the layer is wanted, since a session has few.
 */
export class LayerSender {
  readonly #options: LayerSenderOptions;
  readonly #sealing = new InOrderSealing();
  readonly #references = new TemporalReferences();
  #uplink: Uplink | undefined;
  #opened: OpenedLayer | undefined;
  #wanted = false;
  #maxTemporalLayer = Infinity;
  #failedAtMs = -Infinity;
  #sequence = 0;
  #groupNumber = 0;

  constructor(options: LayerSenderOptions) {
    this.#options = options;
  }

  /** True when a key frame would be sent, and nothing else. */
  get needsKeyFrame(): boolean {
    return this.#wanted && (this.#opened?.gate.needsKeyFrame ?? true);
  }

  /** True while nothing is sent because the path does not take it. */
  get stopped(): boolean {
    return this.#opened?.gate.stopped ?? false;
  }

  /** Continues in another media session, or in none; the next frame must be a key frame. */
  attach(uplink: Uplink | undefined): void {
    this.#closeStream();
    this.#uplink = uplink;
    this.#failedAtMs = -Infinity;
    if (uplink !== undefined && this.#wanted) this.#open(uplink);
  }

  /** What of the layer is to be sent at all; a layer that begins again does so at a key frame. */
  want(wanted: boolean, maxTemporalLayer: number): void {
    this.#maxTemporalLayer = maxTemporalLayer;
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    if (!wanted) this.#closeStream();
    else if (this.#uplink !== undefined) this.#open(this.#uplink);
  }

  /** Only a key frame makes sense next, whatever was sent before. */
  requireKeyFrame(): void {
    this.#opened?.gate.broken();
    if (this.#wanted) this.#options.onKeyFrameNeeded();
  }

  /** The path may have recovered: a layer that was stopped goes on with a key frame. */
  update(): void {
    if (this.#opened === undefined) return;
    const { uplink, stream, gate } = this.#opened;
    if (gate.update(uplink.layerPath(stream), this.#options.now())) {
      this.#options.onKeyFrameNeeded();
    }
  }

  /** Sends or leaves out a frame; resolves to whether it was sent. */
  send(frame: EncodedFrame): Promise<boolean> {
    const opened = this.#current();
    const header = opened && this.#admit(frame, opened);
    if (opened === undefined || header === undefined) {
      this.#references.record(referenced(frame), undefined);
      return Promise.resolve(false);
    }
    this.#references.record(referenced(frame), header.sequence);
    return this.#sealing.add(
      this.#options.seal(header, frame.data),
      (bytes) => {
        if (opened.stream.failed || this.#opened !== opened) return false;
        opened.stream.write(bytes);
        return true;
      },
      (error) => {
        opened.gate.broken();
        this.#options.onSealError(error);
        if (this.#opened === opened && opened.gate.needsKeyFrame) this.#options.onKeyFrameNeeded();
      },
    );
  }

  /** Ends the stream. */
  close(): void {
    this.attach(undefined);
  }

  /** The header that the frame is sent under; undefined when it is left out. */
  #admit(
    frame: EncodedFrame,
    { uplink, stream, gate }: OpenedLayer,
  ): Omit<FrameHeader, "payloadLength"> | undefined {
    const gated = referenced(frame);
    const neededKeyFrame = gate.needsKeyFrame;
    const distance = this.#references.distance(gated, this.#sequence);
    const useful = !this.#sealing.full && distance !== undefined &&
      gated.temporalLayer <= this.#maxTemporalLayer;
    // The gate hears of every frame that could be sent, and remembers what it let through.
    const admitted = useful && gate.admit(gated, uplink.layerPath(stream), this.#options.now());
    if (admitted) return this.#header(frame, distance);
    // Every later frame depends on the base layer.
    if (gated.temporalLayer === 0) gate.broken();
    if (gate.needsKeyFrame && !neededKeyFrame) this.#options.onKeyFrameNeeded();
    return undefined;
  }

  #header(frame: EncodedFrame, referenceDistance: number): Omit<FrameHeader, "payloadLength"> {
    const { streamId, spatialLayer } = this.#options;
    if (frame.keyFrame) this.#groupNumber++;
    return {
      frameType: frame.keyFrame ? FrameType.videoKey : FrameType.videoDelta,
      streamId,
      timestampUs: Math.max(0, Math.round(frame.timestampUs)),
      sequence: this.#sequence++,
      endOfFrame: true,
      discardable: frame.discardable ?? false,
      referenceDistance,
      spatialLayer,
      temporalLayer: referenced(frame).temporalLayer,
      audioLevel: AUDIO_LEVEL_SILENCE,
      groupNumber: this.#groupNumber,
    };
  }

  /** The open stream; a refused one is opened again after a while. */
  #current(): OpenedLayer | undefined {
    const due = this.#options.now() - this.#failedAtMs >= REOPEN_DELAY_MS;
    if (this.#opened === undefined && this.#uplink !== undefined && this.#wanted && due) {
      this.#open(this.#uplink);
    }
    return this.#opened;
  }

  #open(uplink: Uplink): void {
    const { streamId, spatialLayer, sendOrder, now } = this.#options;
    const stream = uplink.open({
      streamId,
      spatialLayer,
      sendOrder,
      onFailed: () => {
        if (this.#opened?.stream !== stream) return;
        this.#opened = undefined;
        this.#failedAtMs = now();
      },
    });
    this.#opened = { uplink, stream, gate: new LayerGate() };
    this.#options.onKeyFrameNeeded();
  }

  #closeStream(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.uplink.close(opened.stream);
  }
}

/** The fields of a frame by which it may be left out. */
function referenced({ keyFrame, temporalLayer = 0 }: EncodedFrame) {
  return { keyFrame, temporalLayer };
}

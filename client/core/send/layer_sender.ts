import {
  AUDIO_LEVEL_SILENCE,
  type FrameHeader,
  FrameType,
} from "../../../proto/media_frame/frame_header.ts";
import type { EncodedFrame, UplinkReport } from "./local_stream.ts";
import { SendGate, type SendPolicy } from "./send_gate.ts";
import type { Uplink, UplinkStream } from "./uplink.ts";

/** Makes the bytes of a frame from its header and its content: encrypted, or as they are. */
export type SealFrame = (
  header: Omit<FrameHeader, "payloadLength">,
  content: Uint8Array,
) => Promise<Uint8Array>;

/** Most frames being encrypted at the same time in one layer; more are dropped. */
export const MAX_FRAMES_BEING_SEALED = 16;
/** How long after a refused stream the next is opened, milliseconds. */
export const REOPEN_DELAY_MS = 1_000;

/** What a layer sender needs to know. */
export interface LayerSenderOptions {
  /** The stream's id on the wire. */
  readonly streamId: string;
  readonly spatialLayer: number;
  readonly audio: boolean;
  readonly sendOrder: number;
  readonly policy: SendPolicy;
  readonly seal: SealFrame;
  readonly now: () => number;
  /** The encoder must make a key frame now. */
  readonly onKeyFrameNeeded: () => void;
  readonly onCongestion: (report: UplinkReport) => void;
  /** A frame could not be encrypted and was dropped. */
  readonly onSealError: (error: unknown) => void;
}

/**
 * Sends the frames of one stream and spatial layer: numbers them, encrypts them in order, and drops
 * what would pile up. Survives the media session: {@link attach} continues in another one.
 */
export class LayerSender {
  readonly #options: LayerSenderOptions;
  #uplink: Uplink | undefined;
  #stream: { readonly uplink: UplinkStream; readonly gate: SendGate } | undefined;
  #failedAtMs = -Infinity;
  #sequence = 0;
  #groupNumber = 0;
  #beingSealed = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: LayerSenderOptions) {
    this.#options = options;
  }

  /** True when nothing but a key frame will be sent. */
  get needsKeyFrame(): boolean {
    return !this.#options.audio && (this.#stream?.gate.needsKeyFrame ?? true);
  }

  /** Continues in another media session, or in none; the next video frame must be a key frame. */
  attach(uplink: Uplink | undefined): void {
    this.#stream?.uplink.close();
    this.#stream = undefined;
    this.#uplink = uplink;
    this.#failedAtMs = -Infinity;
    if (uplink === undefined) return;
    this.#open(uplink);
    if (!this.#options.audio) this.#options.onKeyFrameNeeded();
  }

  /** Only a key frame makes sense next, whatever was sent before. */
  requireKeyFrame(): void {
    this.#stream?.gate.broken();
    if (!this.#options.audio) this.#options.onKeyFrameNeeded();
  }

  /** Sends or drops a frame; resolves to whether it was sent. */
  send(frame: EncodedFrame): Promise<boolean> {
    const nowMs = this.#options.now();
    const stream = this.#currentStream(nowMs);
    if (stream === undefined) return Promise.resolve(false);
    const { gate, uplink } = stream;
    const wasCongested = gate.congested;
    const neededKeyFrame = gate.needsKeyFrame;
    const admitted = this.#beingSealed < MAX_FRAMES_BEING_SEALED
      ? gate.admit(frame.keyFrame, nowMs)
      : (gate.broken(), false);
    if (gate.congested !== wasCongested) this.#reportCongestion(stream);
    if (!admitted) {
      if (gate.needsKeyFrame && !neededKeyFrame) this.#options.onKeyFrameNeeded();
      return Promise.resolve(false);
    }
    return this.#sealAndWrite(frame, gate, uplink);
  }

  /** Ends the stream. */
  close(): void {
    this.#uplink = undefined;
    this.#stream?.uplink.close();
    this.#stream = undefined;
  }

  #sealAndWrite(frame: EncodedFrame, gate: SendGate, uplink: UplinkStream): Promise<boolean> {
    this.#beingSealed++;
    const sealing = this.#options.seal(this.#header(frame), frame.data);
    // Handled below, but only after the frames before it.
    sealing.catch(() => undefined);
    const sent = this.#tail.then(async () => {
      try {
        const bytes = await sealing;
        if (uplink.failed || this.#stream?.uplink !== uplink) return false;
        uplink.write(bytes);
        return true;
      } catch (error) {
        gate.broken();
        this.#options.onSealError(error);
        if (gate.needsKeyFrame) this.#options.onKeyFrameNeeded();
        return false;
      } finally {
        this.#beingSealed--;
      }
    });
    this.#tail = sent;
    return sent;
  }

  #header(frame: EncodedFrame): Omit<FrameHeader, "payloadLength"> {
    const { audio, streamId, spatialLayer } = this.#options;
    if (!audio && frame.keyFrame) this.#groupNumber++;
    return {
      frameType: audio
        ? FrameType.audio
        : frame.keyFrame
        ? FrameType.videoKey
        : FrameType.videoDelta,
      streamId,
      timestampUs: Math.max(0, Math.round(frame.timestampUs)),
      sequence: this.#sequence++,
      endOfFrame: true,
      discardable: frame.discardable ?? false,
      referenceDistance: 0,
      spatialLayer,
      temporalLayer: frame.temporalLayer ?? 0,
      audioLevel: audio ? frame.audioLevel ?? AUDIO_LEVEL_SILENCE : AUDIO_LEVEL_SILENCE,
      groupNumber: audio ? 0 : this.#groupNumber,
    };
  }

  /** The open stream; a refused one is opened again after a while. */
  #currentStream(nowMs: number) {
    if (this.#stream === undefined && this.#uplink !== undefined) {
      if (nowMs - this.#failedAtMs < REOPEN_DELAY_MS) return undefined;
      this.#open(this.#uplink);
      if (!this.#options.audio) this.#options.onKeyFrameNeeded();
    }
    return this.#stream;
  }

  #open(uplink: Uplink): void {
    const { streamId, spatialLayer, sendOrder, policy } = this.#options;
    const stream = uplink.open({
      streamId,
      spatialLayer,
      sendOrder,
      onAcknowledged: () => {
        const current = this.#stream;
        if (current?.uplink !== stream || !current.gate.acknowledged()) return;
        this.#reportCongestion(current);
        if (current.gate.needsKeyFrame) this.#options.onKeyFrameNeeded();
      },
      onFailed: () => {
        if (this.#stream?.uplink !== stream) return;
        this.#stream = undefined;
        this.#failedAtMs = this.#options.now();
      },
    });
    this.#stream = { uplink: stream, gate: new SendGate(policy, stream.window) };
  }

  #reportCongestion({ gate, uplink }: { gate: SendGate; uplink: UplinkStream }): void {
    this.#options.onCongestion({
      congested: gate.congested,
      bytesInFlight: uplink.window.bytesInFlight,
      smoothedRttMs: uplink.window.smoothedRttMs,
    });
  }
}

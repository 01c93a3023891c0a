import {
  AUDIO_LEVEL_SILENCE,
  type FrameHeader,
  FrameType,
} from "../../../proto/media_frame/frame_header.ts";
import { MAX_AUDIO_DATAGRAM_FRAME } from "../../../proto/media_stream/audio_datagram.ts";
import { InOrderSealing } from "./in_order_sealing.ts";
import type { EncodedFrame } from "./local_stream.ts";
import type { SealFrame } from "./seal_frame.ts";
import type { Uplink } from "./uplink.ts";
import type { UplinkStream } from "./uplink_stream.ts";

/** How long after a refused stream the next is opened, milliseconds. */
export const LONG_FRAMES_REOPEN_DELAY_MS = 1_000;
/** Long frames are dropped while more than this is under way, bytes: about a second of music. */
export const MAX_LONG_FRAMES_IN_FLIGHT = 64 * 1024;

/** What an audio sender needs to know. */
export interface AudioSenderOptions {
  /** The stream's id on the wire. */
  readonly streamId: string;
  readonly sendOrder: number;
  readonly seal: SealFrame;
  readonly now: () => number;
  /** A frame could not be encrypted and was dropped. */
  readonly onSealError: (error: unknown) => void;
}

/**
 * Sends the frames of one audio stream: numbers them, encrypts them in order, and sends each in a
 * datagram, or on a stream when it is too long for that. Survives the media session.
 */
export class AudioSender {
  readonly #options: AudioSenderOptions;
  readonly #sealing = new InOrderSealing();
  #uplink: Uplink | undefined;
  #longFrames: UplinkStream | undefined;
  #failedAtMs = -Infinity;
  #sequence = 0;

  constructor(options: AudioSenderOptions) {
    this.#options = options;
  }

  /** Continues in another media session, or in none. */
  attach(uplink: Uplink | undefined): void {
    this.#uplink?.forgetAudio(this.#options.streamId);
    if (this.#longFrames !== undefined) this.#uplink?.close(this.#longFrames);
    this.#longFrames = undefined;
    this.#failedAtMs = -Infinity;
    this.#uplink = uplink;
  }

  /** Sends or drops a frame; resolves to whether it was sent. */
  send(frame: EncodedFrame): Promise<boolean> {
    const uplink = this.#uplink;
    if (uplink === undefined || this.#sealing.full) return Promise.resolve(false);
    return this.#sealing.add(
      this.#options.seal(this.#header(frame), frame.data),
      (bytes) => this.#uplink === uplink && this.#write(uplink, bytes),
      this.#options.onSealError,
    );
  }

  /** Ends the stream. */
  close(): void {
    this.attach(undefined);
  }

  #write(uplink: Uplink, frame: Uint8Array): boolean {
    if (frame.length <= MAX_AUDIO_DATAGRAM_FRAME) {
      uplink.sendAudio(this.#options.streamId, frame);
      return true;
    }
    const stream = this.#longFrameStream(uplink);
    if (stream === undefined || stream.log.bytesInFlight > MAX_LONG_FRAMES_IN_FLIGHT) return false;
    stream.write(frame);
    return true;
  }

  #longFrameStream(uplink: Uplink): UplinkStream | undefined {
    const { streamId, sendOrder, now } = this.#options;
    if (now() - this.#failedAtMs < LONG_FRAMES_REOPEN_DELAY_MS) return undefined;
    return this.#longFrames ??= uplink.open({
      streamId,
      spatialLayer: 0,
      sendOrder,
      onFailed: () => {
        this.#longFrames = undefined;
        this.#failedAtMs = now();
      },
    });
  }

  #header(frame: EncodedFrame): Omit<FrameHeader, "payloadLength"> {
    return {
      frameType: FrameType.audio,
      streamId: this.#options.streamId,
      timestampUs: Math.max(0, Math.round(frame.timestampUs)),
      sequence: this.#sequence++,
      endOfFrame: true,
      discardable: frame.discardable ?? false,
      referenceDistance: 0,
      spatialLayer: 0,
      temporalLayer: 0,
      audioLevel: frame.audioLevel ?? AUDIO_LEVEL_SILENCE,
      groupNumber: 0,
    };
  }
}

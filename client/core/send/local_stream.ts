import type { StreamType } from "../meeting/meeting_state.ts";
import type { SimulcastLayer } from "./simulcast_layer.ts";

/** A stream of one's own, before it is published. */
export interface LocalStreamDescription {
  /** A random UUID that the application chooses. */
  readonly streamId: string;
  readonly type: StreamType;
  /** WebCodecs codec string. */
  readonly codec: string;
  readonly maxBitrateBps?: number;
  readonly video?: { readonly width: number; readonly height: number; readonly framerate: number };
  /** The encodings that viewers may choose from, spatial layer 0 first; absent: one, at full size. */
  readonly layers?: readonly SimulcastLayer[];
  readonly muted?: boolean;
  /** A name for people, such as that of the camera. */
  readonly label?: string;
}

/** One encoded frame of an own stream. */
export interface EncodedFrame {
  readonly data: Uint8Array;
  /** Capture time on the publisher's own monotonic clock, microseconds. */
  readonly timestampUs: number;
  /** Always true for audio. */
  readonly keyFrame: boolean;
  /** Audio: loudness, 0 (loudest) to 127 (silence) in -dBov. */
  readonly audioLevel?: number;
  readonly temporalLayer?: number;
  readonly spatialLayer?: number;
  /** No other frame depends on this one. */
  readonly discardable?: boolean;
}

/** Takes the frames of one published stream; stays valid through reconnects. */
export interface LocalStream {
  readonly streamId: string;
  /**
   * True when of some layer that is sent only a key frame will be: at the start, and after frames
   * were dropped.
   */
  readonly needsKeyFrame: boolean;
  /** The same of one spatial layer. */
  layerNeedsKeyFrame(spatialLayer: number): boolean;
  /**
   * Encrypts and sends a frame, after the ones before it. False when it was left out: the stream is
   * muted or not connected, the layer is not wanted or waits for a key frame, or the path does not
   * take it. Never rejects.
   */
  send(frame: EncodedFrame): Promise<boolean>;
}

/** How the way to the media handler fares. */
export interface UplinkReport {
  /** Bits per second that the way is estimated to carry. */
  readonly availableBitrateBps: number;
  /** Bits per second that are sent over it. */
  readonly sendingBitrateBps: number;
  /** Part of the packets that got lost, 0 to 1. */
  readonly packetLoss: number;
  /** Undefined before it is known. */
  readonly rttMs: number | undefined;
  /** How long what is sent waits in a queue on the way. */
  readonly queueingDelayMs: number;
  /** Whether a layer of an own stream is being left out because the way does not take it. */
  readonly congested: boolean;
}

/** Which part of the way keeps a stream from being better. */
export type StreamBottleneck =
  | "none"
  /** From the publisher to the media handler. */
  | "uplink"
  /** From the media handler to the subscriber. */
  | "downlink"
  | "publisher-cpu"
  | "subscriber-cpu"
  /** The media handler itself. */
  | "server"
  /** The subscriber asked for no more. */
  | "requested";

/** What the media handler measured of an own stream (signaling `stream_quality_update`). */
export interface StreamQuality {
  /** The id that the application chose. */
  readonly streamId: string;
  /** Bits per second that the way could carry; 0 before it is known. */
  readonly availableBitrateBps: number;
  /** Part of the packets that got lost, 0 to 1. */
  readonly packetLoss: number;
  readonly rttMs: number;
  readonly jitterMs: number;
  /** Bits per second that arrive. */
  readonly bitrateBps: number;
  readonly bottleneck: StreamBottleneck;
}

/** What the media handler knows of the way to this client, about once a second. */
export interface DownlinkReport {
  /** Bits per second that the way is estimated to carry; 0 before it is known. */
  readonly availableBitrateBps: number;
  /** Part of the packets that got lost, 0 to 1. */
  readonly packetLoss: number;
  readonly rttMs: number;
  /** How long what is sent waits in a queue on the way. */
  readonly queueingDelayMs: number;
  readonly streams: readonly DeliveredStream[];
}

/** What of one stream of someone else is sent to this client. */
export interface DeliveredStream {
  readonly streamId: string;
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** Bits per second that were sent of it in the last second. */
  readonly bitrateBps: number;
  /** Nothing of it is sent, for lack of bits. */
  readonly paused: boolean;
  /** What keeps it from a better layer. */
  readonly bottleneck: StreamBottleneck;
}

/** Somebody who speaks now. */
export interface ActiveSpeaker {
  readonly participantId: string;
  /** Of someone else as in the roster; of one's own the id that the application chose. */
  readonly streamId: string;
}

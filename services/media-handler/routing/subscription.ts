import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import type { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { StreamMeter } from "../telemetry/stream_meter.ts";

/** A published stream as its subscriptions see it. */
export interface PublicationFeed {
  readonly streamId: string;
  readonly type: StreamType;
  /** Whether its frames are sound. */
  readonly isAudio: boolean;
  readonly meter: StreamMeter;
  /** The cached group of pictures if its key frame arrived at `sinceMs` or later, else nothing. */
  startingGroup(sinceMs: number): readonly Frame[];
  /** Asks the publisher for a key frame that arrives after now. */
  requestKeyFrame(): void;
  /** When the publisher was last asked for one; -Infinity before the first time. */
  readonly keyFrameRequestedAtMs: number;
}

/** One published stream on its way to one subscriber. */
export interface Subscription {
  /** Takes the next frame, in order; synchronous, since it runs once per subscriber and frame. */
  offer(frame: Frame, nowMs: number): void;
  /** What follows does not continue what came before: nothing until the next key frame. */
  restart(): void;
  /** Nothing more follows. */
  end(): void;
  /** Smoothed round trip to the subscriber, milliseconds, or undefined before it is measured. */
  readonly rttMs: number | undefined;
}

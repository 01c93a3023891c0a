import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { ReceivedFrame } from "../receive/remote_stream_receiver.ts";
import type { EncodingTarget } from "../send/encoding_target.ts";
import type { UplinkReport } from "../send/local_stream.ts";
import type { MeetingNotices } from "./meeting_actions.ts";
import type { MeetingState, StreamType } from "./meeting_state.ts";
import type { ActiveSpeaker, DownlinkReport, StreamQuality } from "./stream_quality.ts";

/** Points of a join, in the order in which they are usually passed. */
export type TimingMark = "join.signaling" | "join.media" | "join.first-frame";

/** A frame of someone else, authentic and decodable after the ones before it. */
export interface RemoteFrame {
  readonly participantId: string;
  readonly streamId: string;
  readonly type: StreamType;
  /** WebCodecs codec string. */
  readonly codec: string;
  readonly data: Uint8Array;
  /** Capture time on the publisher's own monotonic clock, microseconds. */
  readonly timestampUs: number;
  readonly keyFrame: boolean;
  /** 0 (loudest) to 127 (silence) in -dBov; 127 for video. */
  readonly audioLevel: number;
  /** Number of the frame in its stream and spatial layer. */
  readonly sequence: number;
  /** Which of the stream's encodings it belongs to, 0 the smallest; another begins at a key frame. */
  readonly spatialLayer: number;
  /** 0 the base. */
  readonly temporalLayer: number;
}

/** What a meeting tells its application. None of these may throw. */
export interface MeetingEvents extends MeetingNotices {
  /** The meeting changed; each snapshot replaces the one before. */
  onState(state: MeetingState): void;
  onFrame(frame: RemoteFrame): void;
  /** The encoder of this layer of an own stream must make a key frame now; undefined: of all. */
  onKeyFrameNeeded(streamId: string, spatialLayer: number | undefined): void;
  /**
   * What the layers of an own video stream are to be encoded at, one entry for each, when it
   * changes. Without `layers` in its description a stream has one, number 0.
   */
  onEncodingTargets?(streamId: string, targets: readonly EncodingTarget[]): void;
  /** What the media handler sees of the way to this client, about once a second. */
  onDownlinkReport?(report: DownlinkReport): void;
  /** Who speaks now, the loudest of the recent past first; when it changes. */
  onActiveSpeakers?(speakers: readonly ActiveSpeaker[]): void;
  /** How an own stream fares, as the media handler measured it. */
  onStreamQuality?(quality: StreamQuality): void;
  /** How the way to the media handler fares, about once a second while anything is sent. */
  onUplinkReport?(report: UplinkReport): void;
  /**
   * Once for each join: its answer arrived ("join.signaling"), the media handler authenticated
   * ("join.media"), the first frame of another participant was decrypted ("join.first-frame").
   */
  onTiming?(mark: TimingMark): void;
}

/** A received frame as the application sees it. */
export function remoteFrameOf({ source, frame, data }: ReceivedFrame): RemoteFrame {
  const { frameType, timestampUs, audioLevel, sequence, spatialLayer, temporalLayer } =
    frame.header;
  const keyFrame = frameType !== FrameType.videoDelta;
  return {
    ...source,
    data,
    timestampUs,
    keyFrame,
    audioLevel,
    sequence,
    spatialLayer,
    temporalLayer,
  };
}

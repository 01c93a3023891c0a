import type { JoinCredentials } from "../../../core/meeting/grant.ts";
import type { MeetingNotices } from "../../../core/meeting/meeting_actions.ts";
import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { UplinkReport } from "../../../core/send/local_stream.ts";
import type { LocalVideoQuality } from "../encode/local_video_quality.ts";
import type { DownlinkStatus } from "./downlink_status.ts";

/** What a meeting engine is made with, and whom it tells what. */
export interface EngineOptions extends MeetingNotices {
  readonly meetingCode: string;
  /** Where the servers are, when the page knows already. `certificateHashes` are base64. */
  readonly endpoints?: {
    readonly meetingControllerUrl: string;
    readonly mediaHandlerUrl?: string;
    readonly certificateHashes: string[];
  };
  /** What to show at each join call; without it the person is a guest of an open meeting. */
  readonly credentials?: () => Promise<JoinCredentials>;
  /** Every new state; also called when `MeetingEngine.audioBlocked` changed. */
  onState(state: MeetingState): void;
  /** How loud who is heard is, 0 to 1, by participant id; ten times a second while anyone is. */
  onAudioLevels?(levels: ReadonlyMap<string, number>): void;
  /** Who speaks now, by participant id, the loudest first. */
  onActiveSpeakers?(participantIds: readonly string[]): void;
  /** The first picture of another participant was drawn. */
  onFirstFrame?(): void;
  /** There is an audio output: the sound of this node goes to the speakers. */
  onSpeakerSound?(sound: AudioNode): void;
  /** How an own camera or screen is encoded changed, such as when this machine is too slow for it. */
  onLocalVideoQuality?(streamId: string, quality: LocalVideoQuality): void;
  /** How the way to the media handler fares, about once a second while anything is sent. */
  onUplinkReport?(report: UplinkReport): void;
  /** How the way from the media handler fares, about once a second while anything is received. */
  onDownlinkStatus?(status: DownlinkStatus): void;
  /** A camera, microphone or shared screen ended by itself, or its encoder failed. */
  onLocalEnded?(streamId: string): void;
}

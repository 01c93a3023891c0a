import type { JoinCredentials } from "../../../core/meeting/grant.ts";
import type { MeetingActions, MeetingNotices } from "../../../core/meeting/meeting_actions.ts";
import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { UplinkReport } from "../../../core/send/local_stream.ts";
import type { ShareMode } from "../encode/layer_plan.ts";
import type { LocalVideoQuality } from "../encode/local_video_quality.ts";
import type { DownlinkStatus } from "../meeting_worker/downlink_status.ts";
import type { MeetingEndpoints } from "./meeting_api.ts";
import type { ViewOrder } from "./view_order.ts";

export type { ShareMode } from "../encode/layer_plan.ts";

/** What the media engine tells the page. */
export interface EngineEvents extends MeetingNotices {
  onState(state: MeetingState): void;
  /** Loudness by participant id, 0 … 1. */
  onAudioLevels?(levels: ReadonlyMap<string, number>): void;
  /** Who speaks now, by participant id, the loudest first. */
  onActiveSpeakers?(participantIds: readonly string[]): void;
  /** How the way to the media handler fares, about once a second while anything is sent. */
  onUplinkReport?(report: UplinkReport): void;
  /** How the way from the media handler fares, about once a second while anything is received. */
  onDownlinkStatus?(status: DownlinkStatus): void;
  /** How an own camera or screen is encoded changed, such as when this machine is too slow for it. */
  onLocalVideoQuality?(streamId: string, quality: LocalVideoQuality): void;
  /** One of the own streams ended by itself, as when the browser's own "stop sharing" is used. */
  onLocalEnded?(streamId: string): void;
}

/** What the engine is made with. */
export interface EngineOptions extends EngineEvents {
  readonly meetingCode: string;
  readonly endpoints?: MeetingEndpoints;
  /** What to show at each join call. */
  readonly credentials?: () => Promise<JoinCredentials>;
}

/** How the own microphone and camera enter the meeting. */
export interface JoinOptions {
  readonly name: string;
  readonly microphone?: MediaStreamTrack;
  readonly microphoneMuted: boolean;
  readonly camera?: MediaStreamTrack;
  readonly cameraOff: boolean;
}

/** What the pages need of `meeting_worker/meeting_engine.ts`. */
export interface MediaEngine {
  prepare(): Promise<void>;
  join(options: JoinOptions): Promise<void>;
  setMicrophone(track: MediaStreamTrack | undefined): Promise<void>;
  setMicrophoneMuted(muted: boolean): Promise<void>;
  setCamera(track: MediaStreamTrack | undefined): Promise<void>;
  setCameraOff(off: boolean): Promise<void>;
  addCamera(track: MediaStreamTrack, label: string): Promise<string>;
  removeCamera(streamId: string): Promise<void>;
  shareScreen(stream: MediaStream, mode: ShareMode): Promise<string>;
  setShareMode(streamId: string, mode: ShareMode): Promise<void>;
  stopShare(streamId: string): Promise<void>;
  /** @throws {MeetingActionError} when it was not done. */
  act<Name extends keyof MeetingActions>(
    name: Name,
    ...args: Parameters<MeetingActions[Name]>
  ): Promise<void>;
  showVideo(streamId: string, place: HTMLElement): () => void;
  orderViews(order: ViewOrder): void;
  readonly audioBlocked: boolean;
  resumeAudio(): Promise<void>;
  setSpeaker(deviceId: string): Promise<void>;
  leave(): Promise<void>;
  dispose(): void;
}

/**
 * Does an action of the meeting; never rejects: what was not done is told to the person.
 * @returns whether it was done
 */
export type Act = <Name extends keyof MeetingActions>(
  name: Name,
  ...args: Parameters<MeetingActions[Name]>
) => Promise<boolean>;

/** Loads and makes the engine; the page calls it once it runs in a browser. */
export type CreateEngine = (options: EngineOptions) => Promise<MediaEngine>;

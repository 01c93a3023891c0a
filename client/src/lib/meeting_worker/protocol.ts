import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { UplinkReport } from "../../../core/send/local_stream.ts";
import type { AudioInput, VideoInput } from "../capture/track_capture.ts";
import type { CredentialAnswer } from "./credential_requests.ts";
import type { ViewOrder } from "./remote_views.ts";
import type { ShareMode } from "../encode/layer_plan.ts";
import type { LocalVideoQuality } from "../encode/local_video_quality.ts";
import type { DownlinkStatus } from "./downlink_status.ts";
import type { MeetingAction, MeetingNotice } from "./meeting_action.ts";
import type { RequestOf, ResponseMessage, ResultOf } from "./request_channel.ts";
import type { TransferredError } from "./transferred_error.ts";

/** Where the servers are, when the page already knows. Hashes are base64 of SHA-256. */
export interface EndpointAddresses {
  readonly meetingControllerUrl: string;
  readonly mediaHandlerUrl?: string;
  readonly certificateHashes: readonly string[];
}

/** The first message to the worker. */
export interface WorkerConfiguration {
  readonly type: "configure";
  readonly meetingCode: string;
  readonly endpoints?: EndpointAddresses;
  /** Whether memory can be shared with the playout processor. */
  readonly sharedMemory: boolean;
  readonly reportAudioLevels: boolean;
  /** Whether the page is asked for credentials before each join call. */
  readonly asksCredentials: boolean;
}

/** Each request the page makes of the worker, with the type of its result. */
export type WorkerRequests = {
  "prepare": { readonly input: Record<never, never>; readonly result: void };
  "join": { readonly input: JoinInput; readonly result: LocalStreamIds };
  "set-microphone": {
    readonly input: { readonly microphone?: AudioInput };
    readonly result: LocalStreamIds;
  };
  "set-microphone-muted": { readonly input: { readonly muted: boolean }; readonly result: void };
  "set-camera": {
    readonly input: { readonly camera?: VideoInput };
    readonly result: LocalStreamIds;
  };
  "set-camera-off": { readonly input: { readonly off: boolean }; readonly result: void };
  "add-camera": {
    readonly input: { readonly camera: VideoInput };
    readonly result: { readonly streamId: string };
  };
  "remove-camera": { readonly input: { readonly streamId: string }; readonly result: void };
  "share-screen": {
    readonly input: {
      readonly screen: VideoInput;
      readonly sound?: AudioInput;
      readonly mode: ShareMode;
    };
    readonly result: { readonly streamId: string };
  };
  "set-share-mode": {
    readonly input: { readonly streamId: string; readonly mode: ShareMode };
    readonly result: void;
  };
  "stop-share": { readonly input: { readonly streamId: string }; readonly result: void };
  "action": { readonly input: MeetingAction; readonly result: void };
  "leave": { readonly input: Record<never, never>; readonly result: void };
};

/** What the page knows at the click. */
export interface JoinInput {
  readonly name: string;
  readonly microphone?: AudioInput;
  readonly microphoneMuted: boolean;
  readonly camera?: VideoInput;
  readonly cameraOff: boolean;
}

/** Ids of what this participant publishes. */
export interface LocalStreamIds {
  readonly microphone?: string;
  readonly camera?: string;
}

/** A request on its way; the answer carries the same id. */
export type WorkerRequest = RequestOf<WorkerRequests>;
/** What any of the requests results in. */
export type WorkerResult = ResultOf<WorkerRequests>;

/** What the page tells the worker without waiting for an answer. */
export type WorkerCommand =
  | WorkerConfiguration
  | { readonly type: "connect-playout"; readonly port: MessagePort }
  | ({ readonly type: "credentials" } & CredentialAnswer)
  /** The page came to another network, or back to one. */
  | { readonly type: "network-changed" }
  | { readonly type: "add-canvas"; readonly canvasId: number; readonly canvas: OffscreenCanvas }
  | { readonly type: "attach-canvas"; readonly canvasId: number; readonly streamId: string }
  | { readonly type: "detach-canvas"; readonly canvasId: number }
  | { readonly type: "remove-canvas"; readonly canvasId: number }
  /** Device pixels of a canvas that are on the screen, 0 by 0 for none. */
  | {
    readonly type: "measure-canvas";
    readonly canvasId: number;
    readonly width: number;
    readonly height: number;
  }
  | { readonly type: "order-views"; readonly order: ViewOrder }
  | { readonly type: "page-visible"; readonly visible: boolean }
  /** How long sound takes from the playout processor to the ear. */
  | { readonly type: "output-latency"; readonly latencyMs: number };

export type ToWorker = WorkerCommand | WorkerRequest;

/** Marks of the User Timing API that the worker's progress sets in the page. */
export type JoinMark = "dt.join.signaling" | "dt.join.media" | "dt.join.first-frame";

export type FromWorker =
  | ResponseMessage<WorkerResult>
  | { readonly type: "state"; readonly state: MeetingState }
  /** Asks for a `credentials` command with this id. */
  | { readonly type: "credentials-wanted"; readonly id: number }
  | { readonly type: "notice"; readonly notice: MeetingNotice }
  | { readonly type: "audio-levels"; readonly levels: ReadonlyMap<string, number> }
  /** Who speaks now, by participant id, the loudest first. */
  | { readonly type: "active-speakers"; readonly participantIds: readonly string[] }
  /** How the ways to and from the media handler fare, each about once a second while it is used. */
  | { readonly type: "uplink-report"; readonly report: UplinkReport }
  | { readonly type: "downlink-status"; readonly status: DownlinkStatus }
  /** `atMs` counts from the Unix epoch: worker and page have different time origins. */
  | { readonly type: "mark"; readonly mark: JoinMark; readonly atMs: number }
  | {
    readonly type: "local-video-quality";
    readonly streamId: string;
    readonly quality: LocalVideoQuality;
  }
  | {
    readonly type: "local-stream-failed";
    readonly streamId: string;
    readonly error: TransferredError;
  }
  | { readonly type: "failed"; readonly error: TransferredError };

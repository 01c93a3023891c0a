import type { Scheduler } from "../crypto/scheduler.ts";
import type { ReceivedFrame } from "../receive/remote_stream_receiver.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { ChatLog } from "../talk/chat_log.ts";
import type { Said } from "../talk/talk.ts";
import type { Connect } from "../transport/connect.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import type { MeetingNotices } from "./meeting_actions.ts";
import type { MeetingEpoch } from "./meeting_epoch.ts";
import type { CreateKeys } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { MediaPhase } from "./meeting_state.ts";
import type { MeetingViewHooks } from "./meeting_view.ts";
import type { ActiveSpeaker, DownlinkReport } from "./stream_quality.ts";

/** What a participant's session tells its meeting. */
export interface ParticipantSessionHooks extends MeetingViewHooks {
  /** The join was answered; called before any event after it. */
  onJoined(joined: {
    readonly grant: JoinGrant;
    readonly displayName: string;
    readonly e2eEncryption: boolean;
  }): void;
  /** A host or co-host has to let the participant in. */
  onWaiting(lobby: { readonly displayName: string }): void;
  /** Whether the controller is away, when that changes; media goes on. */
  onAway(away: boolean): void;
  onSaid(said: Partial<Said>): void;
  onReaction: NonNullable<MeetingNotices["onReaction"]>;
  onMediaPhase(phase: MediaPhase): void;
  onFrame(received: ReceivedFrame): void;
  /** Stream ids are those on the wire. */
  onActiveSpeakers(speakers: readonly ActiveSpeaker[]): void;
  onDownlinkReport(report: DownlinkReport): void;
}

/** What a participant's session needs. */
export interface ParticipantSessionOptions {
  readonly connect: Connect;
  readonly fetchGrant: (options: { readonly signal: AbortSignal }) => Promise<JoinGrant>;
  /** Where the meeting is served now. */
  readonly fetchEndpoints?:
    | ((options: { readonly signal: AbortSignal }) => Promise<MeetingEndpoints>)
    | undefined;
  /** Where the meeting is served, if that is known before the grant. */
  readonly endpoints: MeetingEndpoints | undefined;
  readonly epoch: MeetingEpoch;
  readonly chat: ChatLog;
  readonly sender: MediaSender;
  readonly hooks: ParticipantSessionHooks;
  readonly createKeys: CreateKeys;
  readonly random?: (() => number) | undefined;
  readonly log: MeetingLog;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

import type { MediaSender } from "../send/media_sender.ts";
import { type MeetingEvents, remoteFrameOf, type TimingMark } from "./meeting_events.ts";
import type { MeetingState } from "./meeting_state.ts";
import type { OwnStreams } from "./own_streams.ts";
import type { ParticipantSessionHooks } from "./participant_session_options.ts";

/** What becomes of that which a participant's session tells. */
export interface SessionHooksOptions {
  /** False once another session has taken its place: it is not listened to any more. */
  readonly isCurrent: () => boolean;
  readonly state: () => MeetingState;
  readonly update: (change: Partial<MeetingState>) => void;
  readonly mark: (mark: TimingMark) => void;
  readonly events: MeetingEvents;
  readonly own: OwnStreams;
  readonly sender: MediaSender;
}

/** Makes of what a session tells the meeting's state and events. */
export function sessionHooks(options: SessionHooksOptions): ParticipantSessionHooks {
  const { isCurrent, state, update, mark, events, own, sender } = options;
  const hooks: ParticipantSessionHooks = {
    onJoined: ({ grant, displayName, e2eEncryption }) => {
      mark("join.signaling");
      update({
        phase: "joined",
        meetingId: grant.meetingId,
        participantId: grant.participantId,
        displayName: displayName || (grant.displayName ?? ""),
        e2eEncryption,
        grants: grant.grants,
        localStreams: own.snapshot,
      });
      if (state().media === "connected") mark("join.media");
    },
    onWaiting: ({ displayName }) =>
      update({ phase: "waiting", ...(displayName === "" ? {} : { displayName }) }),
    onAway: (away) => {
      if (away && state().phase === "joined") update({ phase: "reconnecting" });
      if (away || state().phase !== "reconnecting") return;
      update({ phase: "joined", localStreams: own.snapshot });
      own.publishMissing(state().grants);
    },
    onShared: update,
    onSaid: update,
    onOwnStreams: (streams) => own.moderated(streams),
    onOwnStreamStopped: (wireStreamId) => {
      const streamId = own.stopped(wireStreamId);
      if (streamId !== undefined) events.onStreamStopped?.(streamId);
    },
    onReaction: (reaction) => events.onReaction?.(reaction),
    onUnmuteAsked: (asked) => events.onUnmuteAsked?.(asked),
    onMediaPhase: (media) => {
      if (state().media !== media) update({ media });
      // What was prepared counts from the join on.
      if (media === "connected" && state().phase === "joined") mark("join.media");
    },
    onFrame: (received) => {
      mark("join.first-frame");
      events.onFrame(remoteFrameOf(received));
    },
    onActiveSpeakers: (speakers) =>
      events.onActiveSpeakers?.(speakers.map((speaker) => ({
        ...speaker,
        streamId: sender.localStreamId(speaker.streamId) ?? speaker.streamId,
      }))),
    onDownlinkReport: (report) => events.onDownlinkReport?.(report),
    onStreamQuality: (quality) => {
      const streamId = sender.localStreamId(quality.streamId);
      if (streamId !== undefined) events.onStreamQuality?.({ ...quality, streamId });
    },
  };
  return whileCurrent(hooks, isCurrent);
}

/** The same hooks, which do nothing once the session is not the current one. */
function whileCurrent(
  hooks: ParticipantSessionHooks,
  isCurrent: () => boolean,
): ParticipantSessionHooks {
  const guarded = Object.entries(hooks).map(([name, hook]) => [
    name,
    (...parameters: unknown[]) => {
      if (isCurrent()) hook(...parameters);
    },
  ]);
  return Object.fromEntries(guarded);
}

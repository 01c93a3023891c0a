import type { Logger } from "../runtime/log.ts";
import type { ServerSession } from "../runtime/webtransport/session.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { MeetingEvents } from "./events/meeting_events.ts";
import type { TenureEnvironment } from "./handover/owned_tenure.ts";
import { Tenures } from "./handover/tenures.ts";
import type { Capacity, Load } from "./meeting/capacity.ts";
import { MeetingDirectory } from "./meeting/meeting_directory.ts";
import type { MeetingSettings } from "./meeting/meeting_settings.ts";
import { CloseCode } from "./participant/close_code.ts";
import type { MediaHandler, MediaHandlers, MediaListener } from "./placement/media_handlers.ts";
import { SignalingSession } from "./session/signaling_session.ts";
import type { JoinTokens } from "./token/join_token.ts";

/** What a meeting controller stands on; none of it has to be a network. */
export interface MeetingControllerOptions
  extends Pick<TenureEnvironment, "ownership" | "store" | "facts" | "alternatives"> {
  readonly sessions: AsyncIterable<ServerSession>;
  readonly mediaHandlers: MediaHandlers;
  readonly tokens: JoinTokens;
  readonly events: MeetingEvents;
  /** How much it takes on; undefined: no bound but memory. */
  readonly capacity?: Capacity;
  readonly clock?: Clock;
  readonly log: Logger;
}

/** A running meeting controller: serves signaling sessions until it is disposed. */
export interface MeetingController extends MediaListener, AsyncDisposable {
  /**
   * Makes the meeting known here, so that it can be joined. Idempotent.
   *
   * @returns undefined when there is no room for another meeting, or none is taken any more; its
   * `mediaHandler` is undefined while none is healthy.
   */
  assign(
    meetingId: string,
    settings: MeetingSettings,
  ): { mediaHandler: MediaHandler | undefined } | undefined;
  /**
   * Takes no more meetings where others can, and hands over those that there are. What cannot be
   * handed over goes on here; call it again.
   *
   * @returns whether everybody has followed, and nothing is left that others could take.
   */
  handOver(): Promise<boolean>;
  /** Ends the meeting for everyone in it. Idempotent. */
  end(meetingId: string): Promise<void>;
  /**
   * Disconnects a participant and refuses the participant's tokens. Idempotent.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED.
   */
  eject(meetingId: string, participantId: string, reason: string): Promise<void>;
  /**
   * Refuses join tokens, and disconnects those who came in with one. Idempotent.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED.
   */
  revokeTokens(meetingId: string, tokenIds: readonly string[]): Promise<void>;
  /** Meetings with someone in them, and all participants. */
  load(): Load;
}

/** Starts serving `options.sessions`. */
export function createMeetingController(options: MeetingControllerOptions): MeetingController {
  const { clock = systemClock, mediaHandlers, tokens, events, capacity, log } = options;
  const meetings = new MeetingDirectory(
    { mediaHandlers, events, capacity, clock, log },
    new Tenures({ ...options, clock }),
  );
  const running = new Map<SignalingSession, Promise<void>>();
  let ended = false;

  const start = (session: ServerSession) => {
    const signaling = new SignalingSession(session, { meetings, tokens, clock, log });
    const done = signaling.run().catch((error) => {
      log.error("session failed", { error });
    }).then(() => {
      running.delete(signaling);
    });
    running.set(signaling, done);
  };
  const accept = async () => {
    for await (const session of options.sessions) {
      if (ended) session.close({ closeCode: CloseCode.GOING_AWAY });
      else start(session);
    }
  };
  accept().catch((error) => log.error("accepting sessions failed", { error }));

  return {
    assign: (meetingId, settings) => meetings.assign(meetingId, settings),
    handOver: () => meetings.handOver(),
    end: (meetingId) => meetings.end(meetingId),
    eject: (meetingId, participantId, reason) => meetings.eject(meetingId, participantId, reason),
    revokeTokens: (meetingId, tokenIds) => meetings.revokeTokens(meetingId, tokenIds),
    onTelemetry: (handlerId, telemetry) => meetings.onTelemetry(handlerId, telemetry),
    onPresence: (handlerId, presence) => meetings.onPresence(handlerId, presence),
    load: () => meetings.load(),
    async [Symbol.asyncDispose]() {
      ended = true;
      for (const session of running.keys()) {
        session.close(CloseCode.GOING_AWAY, "the server is going away");
      }
      await Promise.all(running.values());
      await meetings[Symbol.asyncDispose]();
    },
  };
}

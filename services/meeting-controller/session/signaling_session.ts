import { ErrorCode, LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MessageFramingError } from "../../../proto/signaling/message_framing.ts";
import type { Logger } from "../../runtime/log.ts";
import type { BidirectionalStream, ServerSession } from "../../runtime/webtransport/session.ts";
import { type Clock, pause } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";
import {
  encodeServerMessage,
  EVENT_REQUEST_ID,
  type ServerMessage,
} from "../meeting/server_message.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { ParticipantConnection } from "../participant/participant.ts";
import type { JoinTokens } from "../token/join_token.ts";
import { type ClientRequest, readClientMessage, type UnreadableMessage } from "./client_message.ts";
import { Entering, type Meetings } from "./entering.ts";
import { answerMeetingRequest, isHandedOn } from "./meeting_requests.ts";
import { MessageRate, MESSAGES_PER_MINUTE } from "./message_rate.ts";
import { receiveMessages } from "./message_stream.ts";
import { OutboundQueue } from "./outbound_queue.ts";
import { RequestLine } from "./request_line.ts";
import { refuseStreams, refuseUnidirectionalStreams } from "./refused_streams.ts";
import { SessionLimits } from "./session_limits.ts";
import { identityOf, letGo, type SessionState, transition } from "./session_state.ts";

/** Invalid messages that a session survives, less one. */
export const MAX_INVALID_MESSAGES = 3;
/** How long the last messages may take to leave, milliseconds. */
export const LAST_MESSAGES_LIMIT_MS = 1_000;
/**
 * How long the peer has, after our side of the stream ended, to read the last messages and close
 * the session itself, milliseconds: closing a session may overtake what was sent before.
 */
export const CLOSE_LINGER_MS = 100;

/** What all sessions share. */
export interface SessionEnvironment {
  readonly meetings: Meetings;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One client's signaling session, from its first byte to its close. */
export class SignalingSession implements ParticipantConnection {
  readonly closedByPeer: Promise<boolean>;
  readonly #session: ServerSession;
  readonly #environment: SessionEnvironment;
  readonly #rate = new MessageRate();
  readonly #entering: Entering;
  #log: Logger;
  #state: SessionState = { phase: "unauthenticated" };
  #outbound: OutboundQueue | undefined;
  #lastRequestId = 0;
  #invalidMessages = 0;
  readonly #requests = new RequestLine();
  readonly #limits: SessionLimits;
  #hangUp: Promise<void> | undefined;
  /** Our side closed the session. */
  #hungUp = false;

  constructor(session: ServerSession, environment: SessionEnvironment) {
    this.#session = session;
    this.closedByPeer = session.closed.then(() => !this.#hungUp, () => false);
    this.#environment = environment;
    this.#log = environment.log;
    this.#entering = new Entering({
      connection: this,
      address: session.remoteAddress,
      state: () => this.#state,
      become: (state) => this.#become(state),
      startWaiting: () => this.#limits.suspend(),
      stopWaiting: () => this.#limits.renew(),
    }, environment);
    this.#limits = new SessionLimits(
      environment.clock,
      (reason) => this.close(CloseCode.TIMEOUT, reason),
    );
  }

  /** Serves the session until it has ended. Never rejects. */
  async run(): Promise<void> {
    const closed = this.#session.closed.catch(() => undefined).then(() => {
      this.close(CloseCode.NORMAL, "");
    });
    try {
      await this.#session.ready;
      const incoming = this.#session.incomingBidirectionalStreams.getReader();
      const { value: stream } = await incoming.read();
      if (stream !== undefined) {
        refuseStreams(incoming);
        refuseUnidirectionalStreams(this.#session);
        await this.#serve(stream);
        await this.#requests.finished();
      }
    } catch (error) {
      this.#log.debug("session failed", { error });
    }
    this.close(CloseCode.NORMAL, "the client ended the stream");
    await this.#hangUp;
    await closed;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    this.#outbound?.enqueueEvent(message);
  }

  close(code: CloseCode, reason: string): void {
    const before = this.#state;
    if (before.phase === "ended") return;
    this.#state = transition(before, { phase: "ended", closeCode: code });
    this.#limits.enter("ended");
    letGo(before, this, code);
    this.#log.debug("session ended", { phase: before.phase, closeCode: code, reason });
    this.#hangUp = this.#endTransport(code, reason);
  }

  async #serve(stream: BidirectionalStream): Promise<void> {
    this.#outbound = new OutboundQueue(stream.writable, () => {
      // Not at once: someone is just telling all participants something.
      queueMicrotask(() => this.close(CloseCode.TOO_SLOW, "the client reads too slowly"));
    });
    try {
      await receiveMessages(stream.readable, {
        clock: this.#environment.clock,
        onMessage: (message) => this.#onMessage(message),
        onStall: () => this.close(CloseCode.TIMEOUT, "a message was not completed in time"),
      });
    } catch (error) {
      if (!(error instanceof MessageFramingError)) throw error;
      this.#answerError(0, new Refusal(ErrorCode.INVALID_REQUEST, error.message));
      this.close(CloseCode.INVALID_REQUEST, error.message);
    }
  }

  /** Takes one message, a ping at once; false once the session has ended. */
  #onMessage(bytes: Uint8Array): boolean | Promise<boolean> {
    if (this.#isEnded()) return false;
    this.#limits.heard();
    const request = readClientMessage(bytes, this.#lastRequestId);
    if (!this.#rate.admit(this.#environment.clock.now())) {
      const reason = `more than ${MESSAGES_PER_MINUTE} messages in a minute`;
      this.#answerError(request.requestId, new Refusal(ErrorCode.RATE_LIMITED, reason));
      this.close(CloseCode.OVER_LIMIT, reason);
      return false;
    }
    if ("message" in request) {
      this.#lastRequestId = request.requestId;
      // Even while those before it wait: it shows that somebody is here.
      if (request.message.case === "ping") {
        this.#respond(request.requestId, { case: "pong", value: {} });
        return true;
      }
    }
    return this.#requests.add(() => this.#handle(request)).then(() => !this.#isEnded());
  }

  /** Answers one request, when all before it are answered. Never rejects. */
  async #handle(request: ClientRequest | UnreadableMessage): Promise<void> {
    if (this.#isEnded()) return;
    try {
      if ("refusal" in request) throw request.refusal;
      await this.#answer(request);
    } catch (error) {
      this.#onRefusal(request.requestId, error);
    }
  }

  async #answer(request: ClientRequest): Promise<void> {
    const { requestId, message, call } = request;
    const state = this.#state;
    if (message.case === "leaveRequest" && state.phase !== "unauthenticated") {
      return await this.#leave(requestId);
    }
    if (state.phase !== "joined") return await this.#enter(request);
    const { meeting, participant } = state;
    const changes = !isHandedOn(message);
    if (changes) meeting.checkOpen();
    const answer = await answerMeetingRequest(meeting, participant, message, call);
    try {
      if (changes) await meeting.stored();
      this.#respond(requestId, answer.message);
    } catch (error) {
      this.#onRefusal(requestId, error);
    }
    // It is recorded for good by now, whatever became of the answer.
    await answer.afterwards?.();
  }

  /** Answers what a session asks that has not joined, and only then lets events through. */
  async #enter({ requestId, message, call }: ClientRequest): Promise<void> {
    this.#outbound?.holdEvents();
    try {
      const entered = await this.#entering.answer(message, call);
      if (entered === undefined) return;
      if (this.#state.phase === "joined") await this.#state.meeting.stored();
      this.#respond(requestId, entered.answer);
      for (const event of entered.further ?? []) this.#respond(EVENT_REQUEST_ID, event);
    } catch (error) {
      this.#onRefusal(requestId, error);
      // Nobody was told to be in the meeting: by another try one is again.
      if (this.#state.phase === "joined") {
        if (message.case === "joinRequest") {
          this.#state.meeting.leave(this.#state.participant, LeaveReason.CONNECTION_LOST);
        }
        this.close(CloseCode.GOING_AWAY, "the meeting cannot be joined here now");
      }
    } finally {
      this.#outbound?.releaseEvents();
    }
  }

  /** The session is in that state now; false when it ended before. */
  #become(state: SessionState): boolean {
    if (this.#state.phase === "ended") {
      letGo(state, this, this.#state.closeCode);
      return false;
    }
    if (this.#state.phase === "unauthenticated") this.#session.authenticated();
    this.#state = transition(this.#state, state);
    this.#limits.enter(state.phase);
    this.#log = this.#environment.log.with(identityOf(state));
    return true;
  }

  /** Acknowledged when nobody would find the participant in the meeting any more. */
  async #leave(requestId: number): Promise<void> {
    const state = this.#state;
    if (state.phase === "joined") {
      state.meeting.checkOpen();
      state.meeting.leave(state.participant, LeaveReason.VOLUNTARY);
      await state.meeting.stored();
    }
    this.#respond(requestId, { case: "acknowledgement", value: {} });
    this.close(CloseCode.NORMAL, "left");
  }

  #onRefusal(requestId: number, error: unknown): void {
    if (!(error instanceof Refusal)) {
      this.#log.error("request failed", { error });
      this.#answerError(
        requestId,
        new Refusal(ErrorCode.INTERNAL_ERROR, "the request failed on our side"),
      );
      return;
    }
    this.#answerError(requestId, error);
    if (error.code === ErrorCode.UNAVAILABLE) this.#limits.allowRetry();
    if (error.closeCode !== undefined) {
      this.close(error.closeCode, error.message);
    } else if (error.code === ErrorCode.UNAUTHORIZED) {
      this.close(CloseCode.UNAUTHORIZED, error.message);
    } else if (error.code === ErrorCode.INVALID_REQUEST) {
      if (++this.#invalidMessages < MAX_INVALID_MESSAGES) return;
      this.close(CloseCode.INVALID_REQUEST, `${MAX_INVALID_MESSAGES} invalid messages`);
    }
  }

  #answerError(requestId: number, { code, message, controller }: Refusal): void {
    this.#log.debug("request refused", { code: ErrorCode[code], reason: message });
    this.#respond(requestId, { case: "error", value: { code, message, controller } });
  }

  #respond(requestId: number, answer: ServerMessage): void {
    this.#outbound?.enqueue(encodeServerMessage(requestId, answer, this.#epoch()));
  }

  /** Of the meeting that speaks; 0: none does. */
  #epoch(): bigint {
    return "meeting" in this.#state ? this.#state.meeting.epoch : 0n;
  }

  #isEnded(): boolean {
    return this.#state.phase === "ended";
  }

  async #endTransport(closeCode: CloseCode, reason: string): Promise<void> {
    const { clock } = this.#environment;
    const gone = new AbortController();
    void this.#session.closed.catch(() => undefined).then(() => gone.abort());
    if (this.#outbound !== undefined && closeCode !== CloseCode.TOO_SLOW) {
      const sent = new AbortController();
      gone.signal.addEventListener("abort", () => sent.abort());
      void this.#outbound.finish().then(() => sent.abort());
      await pause(clock, LAST_MESSAGES_LIMIT_MS, sent.signal);
      await pause(clock, CLOSE_LINGER_MS, gone.signal);
    }
    this.#outbound?.abandon();
    this.#hungUp = true;
    this.#session.close({ closeCode, reason });
  }
}

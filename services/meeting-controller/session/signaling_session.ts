import {
  ErrorCode,
  LeaveReason,
  type PrepareRequest,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MessageFramingError } from "../../../proto/signaling/message_framing.ts";
import type { Logger } from "../../runtime/log.ts";
import type { BidirectionalStream, ServerSession } from "../../runtime/webtransport/session.ts";
import { type Clock, pause } from "../clock.ts";
import type { Prepared } from "../meeting/admission.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import { type JoinDetails, readJoinDetails } from "../meeting/join_details.ts";
import type { MeetingDirectory } from "../meeting/meeting_directory.ts";
import { invalid, Refusal } from "../meeting/refusal.ts";
import { encodeServerMessage, type ServerMessage } from "../meeting/server_message.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { ParticipantConnection } from "../participant/participant.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";
import type { JoinTokens } from "../token/join_token.ts";
import { type ClientRequest, readClientMessage } from "./client_message.ts";
import { answerMeetingRequest } from "./meeting_requests.ts";
import { MessageRate, MESSAGES_PER_MINUTE } from "./message_rate.ts";
import { receiveMessages } from "./message_stream.ts";
import { OutboundQueue } from "./outbound_queue.ts";
import { refuseStreams, refuseUnidirectionalStreams } from "./refused_streams.ts";
import { PREPARED_SESSION_LIFETIME_MS, type SessionState, transition } from "./session_state.ts";

/** How long a session may take until it has shown a valid token, milliseconds. */
export const AUTHENTICATION_LIMIT_MS = 5_000;
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
  readonly meetings: MeetingDirectory;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One client's signaling session, from its first byte to its close. */
export class SignalingSession implements ParticipantConnection {
  readonly #session: ServerSession;
  readonly #environment: SessionEnvironment;
  readonly #rate = new MessageRate();
  #log: Logger;
  #state: SessionState = { phase: "unauthenticated" };
  #outbound: OutboundQueue | undefined;
  #lastRequestId = 0;
  #invalidMessages = 0;
  /** Of the state that the session is in. */
  #cancelDeadline: () => void;
  #hangUp: Promise<void> | undefined;

  constructor(session: ServerSession, environment: SessionEnvironment) {
    this.#session = session;
    this.#environment = environment;
    this.#log = environment.log;
    this.#cancelDeadline = this.#awaitAuthentication();
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
      }
    } catch (error) {
      this.#log.debug("session failed", { error });
    }
    this.close(CloseCode.NORMAL, "the client ended the stream");
    await this.#hangUp;
    await closed;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    this.#outbound?.enqueue(message);
  }

  close(code: CloseCode, reason: string): void {
    const before = this.#state;
    if (before.phase === "ended") return;
    this.#cancelDeadline();
    this.#state = transition(before, { phase: "ended", closeCode: code });
    if (before.phase === "prepared") before.meeting.withdraw(before.prepared);
    if (before.phase === "joined") before.meeting.leave(before.participant, leaveReasonOf(code));
    this.#log.debug("session ended", { phase: before.phase, closeCode: code, reason });
    this.#hangUp = this.#endTransport(code, reason);
  }

  #awaitAuthentication(): () => void {
    return this.#environment.clock.after(
      AUTHENTICATION_LIMIT_MS,
      () => this.close(CloseCode.TIMEOUT, "no valid join token in time"),
    );
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
      this.#answerError(0, ErrorCode.INVALID_REQUEST, error.message);
      this.close(CloseCode.INVALID_REQUEST, error.message);
    }
  }

  /** Answers one message; false once the session has ended. */
  async #onMessage(bytes: Uint8Array): Promise<boolean> {
    if (this.#isEnded()) return false;
    const request = readClientMessage(bytes, this.#lastRequestId);
    if (!this.#rate.admit(this.#environment.clock.now())) {
      const reason = `more than ${MESSAGES_PER_MINUTE} messages in a minute`;
      this.#answerError(request.requestId, ErrorCode.RATE_LIMITED, reason);
      this.close(CloseCode.OVER_LIMIT, reason);
      return false;
    }
    try {
      if ("refusal" in request) throw request.refusal;
      this.#lastRequestId = request.requestId;
      await this.#answer(request);
    } catch (error) {
      this.#onRefusal(request.requestId, error);
    }
    return !this.#isEnded();
  }

  async #answer({ requestId, message, call }: ClientRequest): Promise<void> {
    const respond = (answer: ServerMessage) => this.#respond(requestId, answer);
    const state = this.#state;
    if (message.case === "ping") return respond({ case: "pong", value: {} });
    if (message.case === "leaveRequest" && state.phase !== "unauthenticated") {
      respond({ case: "acknowledgement", value: {} });
      return this.#leave();
    }
    switch (state.phase) {
      case "unauthenticated":
        if (message.case === "prepareRequest") {
          const prepared = await this.#admit(message.value, undefined, call);
          if (prepared === undefined) return;
          const { identity: { participantId }, mediaServer } = prepared;
          return respond({ case: "prepareResponse", value: { participantId, mediaServer } });
        }
        if (message.case === "joinRequest") {
          const details = readJoinDetails(message.value);
          await this.#admit(message.value, details, call);
          return this.#join(details, call, respond);
        }
        throw invalid("the first message has to be prepare_request or join_request");
      case "prepared":
        if (message.case === "joinRequest") {
          // The token, if any, has done its duty.
          if (message.value.meetingId !== state.meeting.meetingId) {
            throw invalid("the session is prepared for another meeting");
          }
          return this.#join(readJoinDetails(message.value), call, respond);
        }
        throw invalid("the session has not joined");
      case "joined":
        return respond(answerMeetingRequest(state.meeting, state.participant, message, call));
      case "ended":
        return;
    }
  }

  /** Undefined when the session ended meanwhile. */
  async #admit(
    request: Pick<PrepareRequest, "meetingId" | "joinToken">,
    details: JoinDetails | undefined,
    call: MediaCallOptions,
  ): Promise<Prepared | undefined> {
    readUuidField("meeting_id", request.meetingId);
    const { tokens, meetings, clock } = this.#environment;
    const grant = await tokens.verify(request.joinToken);
    if (grant.meetingId !== request.meetingId) {
      throw new Refusal(ErrorCode.UNAUTHORIZED, "the join token is for another meeting");
    }
    if (this.#isEnded()) return undefined;
    const { meetingId, participantId } = grant;
    const meeting = meetings.find(meetingId);
    // Before the token is used up: what cannot join now may do so with it later.
    if (details !== undefined) meeting.checkJoin(grant, details);
    // Admission has bounds of its own.
    this.#cancelDeadline();
    let prepared: Prepared;
    try {
      prepared = await meeting.admit({
        identity: grant,
        connection: this,
        streams: details?.streams ?? [],
        useToken: () => tokens.use(grant),
        call,
      });
    } catch (error) {
      if (!this.#isEnded()) this.#cancelDeadline = this.#awaitAuthentication();
      throw error;
    }
    this.#session.authenticated();
    this.#log = this.#environment.log.with({ meetingId, participantId });
    if (this.#isEnded()) {
      meeting.withdraw(prepared);
      return undefined;
    }
    this.#state = transition(this.#state, { phase: "prepared", meeting, prepared });
    this.#cancelDeadline = clock.after(
      PREPARED_SESSION_LIFETIME_MS,
      () => this.close(CloseCode.TIMEOUT, "prepared for too long without joining"),
    );
    return prepared;
  }

  #join(
    details: JoinDetails,
    call: MediaCallOptions,
    respond: (answer: ServerMessage) => void,
  ): void {
    if (this.#state.phase !== "prepared") return;
    const { meeting, prepared } = this.#state;
    const participant = meeting.join(prepared, details, call, respond);
    this.#cancelDeadline();
    this.#state = transition(this.#state, { phase: "joined", meeting, participant });
  }

  #leave(): void {
    if (this.#state.phase === "joined") {
      this.#state.meeting.leave(this.#state.participant, LeaveReason.VOLUNTARY);
    }
    this.close(CloseCode.NORMAL, "left");
  }

  #onRefusal(requestId: number, error: unknown): void {
    if (!(error instanceof Refusal)) {
      this.#log.error("request failed", { error });
      this.#answerError(requestId, ErrorCode.INTERNAL_ERROR, "the request failed on our side");
      return;
    }
    this.#answerError(requestId, error.code, error.message);
    if (error.code === ErrorCode.UNAUTHORIZED) {
      this.close(CloseCode.UNAUTHORIZED, error.message);
    } else if (error.code === ErrorCode.INVALID_REQUEST) {
      if (++this.#invalidMessages < MAX_INVALID_MESSAGES) return;
      this.close(CloseCode.INVALID_REQUEST, `${MAX_INVALID_MESSAGES} invalid messages`);
    }
  }

  #answerError(requestId: number, code: ErrorCode, message: string): void {
    this.#log.debug("request refused", { code: ErrorCode[code], reason: message });
    this.#respond(requestId, { case: "error", value: { code, message } });
  }

  #respond(requestId: number, answer: ServerMessage): void {
    this.#outbound?.enqueue(encodeServerMessage(requestId, answer));
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
    this.#session.close({ closeCode, reason });
  }
}

function leaveReasonOf(code: CloseCode): LeaveReason {
  if (code === CloseCode.MEETING_ENDED) return LeaveReason.MEETING_ENDED;
  return code === CloseCode.REMOVED ? LeaveReason.KICKED : LeaveReason.CONNECTION_LOST;
}

import {
  ErrorCode,
  type JoinRequest,
  type PrepareRequest,
  type ResumeRequest,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Prepared } from "../meeting/admission.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import { type JoinDetails, readJoinDetails } from "../meeting/join_details.ts";
import type { Meeting } from "../meeting/meeting.ts";
import { invalid, Refusal } from "../meeting/refusal.ts";
import { readResumeDetails } from "../meeting/resume_details.ts";
import type { ServerMessage } from "../meeting/server_message.ts";
import type { Identity, ParticipantConnection } from "../participant/participant.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";
import type { JoinGrant, JoinTokens } from "../token/join_token.ts";
import type { ClientMessage } from "./client_message.ts";
import type { SessionState } from "./session_state.ts";

/** Where meetings are found; `MeetingDirectory` fits. */
export interface Meetings {
  /** @throws {Refusal} MOVED, NOT_FOUND, UNAVAILABLE or CAPACITY_EXCEEDED. */
  open(meetingId: string): Promise<Meeting>;
  /** The same for a peer at that address who has proved nothing yet. */
  openUnproven(meetingId: string, address: string): Promise<Meeting>;
}

/** The session that wants to get in. */
export interface EnteringSession {
  readonly connection: ParticipantConnection;
  /** Where the peer is. */
  readonly address: string;
  state(): SessionState;
  /** It is so from now on. False when the session ended meanwhile: then nobody entered. */
  become(state: SessionState): boolean;
  /** From now on the limits of what is asked hold instead of that for showing a token. */
  startWaiting(): void;
  /** What was asked failed. */
  stopWaiting(): void;
}

/** What a request to get in is answered. */
export interface EnteringAnswer {
  readonly answer: ServerMessage;
  /** To be sent right after the answer. */
  readonly further?: readonly ServerMessage[];
}

/** How a session gets into its meeting: by a token, through the lobby, or back by a proof. */
export class Entering {
  constructor(
    private readonly session: EnteringSession,
    private readonly environment: { readonly meetings: Meetings; readonly tokens: JoinTokens },
  ) {}

  /**
   * Does what a session asks that has not joined.
   *
   * @returns undefined when the session ended meanwhile.
   * @throws {Refusal}
   */
  async answer(
    message: ClientMessage,
    call: MediaCallOptions,
  ): Promise<EnteringAnswer | undefined> {
    const state = this.session.state();
    if (message.case === "joinRequest") return await this.#join(state, message.value, call);
    if (state.phase !== "unauthenticated") throw invalid("the session has not joined");
    if (message.case === "prepareRequest") return await this.#prepare(message.value, call);
    if (message.case === "resumeRequest") return await this.#resume(message.value, call);
    throw invalid("the first message has to be prepare_request, join_request or resume_request");
  }

  async #prepare(
    request: PrepareRequest,
    call: MediaCallOptions,
  ): Promise<EnteringAnswer | undefined> {
    const { grant, meeting } = await this.#authenticate(request);
    const { participantId, meetingId } = grant;
    if (meeting.entrance.mustKnock(grant)) {
      if (!await this.#useToken(meeting, grant)) return undefined;
      if (!this.session.become({ phase: "outside", meetingId, identity: grant })) return undefined;
      return { answer: { case: "prepareResponse", value: { participantId } } };
    }
    const useToken = () => this.environment.tokens.use(grant);
    const prepared = await this.#admit(meeting, grant, { useToken, call });
    if (prepared === undefined) return undefined;
    const { mediaServer } = prepared;
    return { answer: { case: "prepareResponse", value: { participantId, mediaServer } } };
  }

  async #join(
    state: SessionState,
    request: JoinRequest,
    call: MediaCallOptions,
  ): Promise<EnteringAnswer | undefined> {
    const details = readJoinDetails(request);
    switch (state.phase) {
      case "unauthenticated":
        return await this.#joinByToken(request, details, call);
      case "outside":
      case "admitted": {
        checkMeeting(request, state.meetingId);
        const meeting = await this.environment.meetings.open(state.meetingId);
        const isAdmitted = state.phase === "admitted";
        return await this.#enter(meeting, state.identity, details, { call, isAdmitted });
      }
      case "waiting":
        throw new Refusal(ErrorCode.FORBIDDEN, "a moderator has to let you in; wait");
      case "prepared":
        // The token, if any, has done its duty.
        checkMeeting(request, state.meeting.meetingId);
        return this.#finishJoin(state.meeting, state.prepared, details, call);
      case "joined":
      case "ended":
        throw invalid("the session has joined already");
    }
  }

  async #joinByToken(
    request: JoinRequest,
    details: JoinDetails,
    call: MediaCallOptions,
  ): Promise<EnteringAnswer | undefined> {
    const { grant, meeting } = await this.#authenticate(request);
    if (meeting.entrance.mustKnock(grant)) {
      if (!await this.#useToken(meeting, grant)) return undefined;
      return this.#knock(meeting, grant, details);
    }
    // Before the token is used up: what cannot join now may do so with it later.
    meeting.entrance.checkJoin(grant, details, false);
    const useToken = () => this.environment.tokens.use(grant);
    const prepared = await this.#admit(meeting, grant, { useToken, call, details });
    return prepared && this.#finishJoin(meeting, prepared, details, call);
  }

  /** Somebody whose token is used up already. */
  async #enter(
    meeting: Meeting,
    identity: Identity,
    details: JoinDetails,
    { isAdmitted, call }: { isAdmitted: boolean; call: MediaCallOptions },
  ): Promise<EnteringAnswer | undefined> {
    if (!isAdmitted && meeting.entrance.mustKnock(identity)) {
      return this.#knock(meeting, identity, details);
    }
    meeting.entrance.checkJoin(identity, details, isAdmitted);
    const useToken = () => Promise.resolve();
    const prepared = await this.#admit(meeting, identity, { useToken, call, details, isAdmitted });
    return prepared && this.#finishJoin(meeting, prepared, details, call);
  }

  #knock(meeting: Meeting, identity: Identity, details: JoinDetails): EnteringAnswer | undefined {
    const { meetingId } = meeting;
    const visitor = {
      identity,
      name: identity.name ?? details.name,
      connection: this.session.connection,
      admitted: () => {
        this.session.become({ phase: "admitted", meetingId, identity });
      },
    };
    meeting.entrance.knock(visitor);
    if (!this.session.become({ phase: "waiting", meeting, visitor })) return undefined;
    const { displayName } = meeting.settings();
    const { participantId } = identity;
    return { answer: { case: "lobbyResponse", value: { participantId, displayName } } };
  }

  async #admit(
    meeting: Meeting,
    identity: Identity,
    options: {
      useToken: () => Promise<void>;
      call: MediaCallOptions;
      details?: JoinDetails;
      isAdmitted?: boolean;
    },
  ): Promise<Prepared | undefined> {
    const { details, ...rest } = options;
    // Admission has bounds of its own.
    this.session.startWaiting();
    let prepared: Prepared;
    try {
      const { connection } = this.session;
      const streams = details?.streams ?? [];
      prepared = await meeting.entrance.admit({ ...rest, identity, connection, streams });
    } catch (error) {
      this.session.stopWaiting();
      throw error;
    }
    return this.session.become({ phase: "prepared", meeting, prepared }) ? prepared : undefined;
  }

  #finishJoin(
    meeting: Meeting,
    prepared: Prepared,
    details: JoinDetails,
    call: MediaCallOptions,
  ): EnteringAnswer {
    const { participant, ...answer } = meeting.join(prepared, details, call);
    this.session.become({ phase: "joined", meeting, participant });
    return answer;
  }

  async #resume(
    request: ResumeRequest,
    call: MediaCallOptions,
  ): Promise<EnteringAnswer | undefined> {
    const details = readResumeDetails(request);
    const { connection, address } = this.session;
    const meeting = await this.environment.meetings.openUnproven(details.meetingId, address);
    if (this.#isEnded()) return undefined;
    const { participant, ...answer } = await meeting.resume(details, connection, call);
    return this.session.become({ phase: "joined", meeting, participant }) ? answer : undefined;
  }

  /** @throws {Refusal} */
  async #authenticate(
    { meetingId, joinToken }: Pick<PrepareRequest, "meetingId" | "joinToken">,
  ): Promise<{ grant: JoinGrant; meeting: Meeting }> {
    readUuidField("meeting_id", meetingId);
    const grant = await this.environment.tokens.verify(joinToken);
    if (grant.meetingId !== meetingId) {
      throw new Refusal(ErrorCode.UNAUTHORIZED, "the join token is for another meeting");
    }
    return { grant, meeting: await this.environment.meetings.open(meetingId) };
  }

  /** Of somebody who has to knock. False when the session ended meanwhile. */
  async #useToken(meeting: Meeting, grant: JoinGrant): Promise<boolean> {
    meeting.entrance.checkEntry(grant);
    await this.environment.tokens.use(grant);
    return !this.#isEnded();
  }

  #isEnded(): boolean {
    return this.session.state().phase === "ended";
  }
}

/** @throws {Refusal} INVALID_REQUEST. */
function checkMeeting(request: JoinRequest, meetingId: string): void {
  if (request.meetingId === meetingId) return;
  throw invalid("the session is authenticated for another meeting");
}

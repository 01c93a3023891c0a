import { Code, ConnectError } from "@connectrpc/connect";
import { MeetingControllerService } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { describeError } from "../../runtime/log.ts";
import { createRpcClient } from "../../runtime/rpc/rpc_client.ts";
import type { NewMeeting } from "../meeting/meeting.ts";
import { encodeCertificateHash } from "./registration_messages.ts";

/** How long a meeting controller may take for one call, milliseconds: a join waits for it. */
export const ASSIGNMENT_TIMEOUT_MS = 1_500;
/** How long one may take to show that it is there, milliseconds: a join may wait for it. */
export const REACH_TIMEOUT_MS = 500;
/** Controllers whose clients are kept; beyond it all are made anew. */
const MAX_CLIENTS = 256;

/** What a controller needs to know of a meeting. */
export type MeetingConfiguration = Pick<
  NewMeeting,
  "meetingId" | "displayName" | "maxParticipants" | "settings" | "locked"
>;

/** The media handler that a controller chose for a meeting. */
export interface ChosenMediaHandler {
  readonly handlerId: string;
  readonly endpoint: string;
  readonly certificateHashes: readonly string[];
}

/** "busy": it lives and wants no further meeting; "away": it cannot be reached or is broken. */
export type ControllerRefusalReason = "busy" | "away";

/** A meeting controller did not do what it was asked for. */
export class ControllerRefusal extends Error {
  override readonly name = "ControllerRefusal";
  constructor(readonly reason: ControllerRefusalReason, options?: ErrorOptions) {
    super(`meeting controller is ${reason}`, options);
  }
}

/** "refused": nobody listens there; "unknown": there was no answer in time. */
export type Reachability = "answers" | "refused" | "unknown";

/** The calls to meeting controllers (specification 5.3); they reject with ControllerRefusal. */
export interface MeetingControllerClient {
  /** Whether anybody listens there; never rejects, and never takes long. */
  reach(rpcEndpoint: string): Promise<Reachability>;
  /** Idempotent. Undefined when the controller has no media handler to name. */
  assignMeeting(
    rpcEndpoint: string,
    meeting: MeetingConfiguration,
    /** Join tokens that are revoked and may not have expired. */
    revokedTokenIds?: readonly string[],
  ): Promise<ChosenMediaHandler | undefined>;
  /** Ends the meeting for everyone in it. Idempotent. */
  endMeeting(rpcEndpoint: string, meetingId: string): Promise<void>;
  /** Disconnects a participant, and refuses the participant's join tokens. Idempotent. */
  ejectParticipant(
    rpcEndpoint: string,
    meetingId: string,
    participantId: string,
    /** What the participant is told. */
    reason: string,
  ): Promise<void>;
  /** Refuses join tokens, and disconnects those who came in with one. Idempotent. */
  revokeJoinTokens(
    rpcEndpoint: string,
    meetingId: string,
    tokenIds: readonly string[],
  ): Promise<void>;
}

/** Calls meeting controllers over Connect RPC with service tokens. */
export class RpcMeetingControllerClient implements MeetingControllerClient {
  readonly #secret: string;
  readonly #clients = new Map<string, ReturnType<typeof createClient>>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  async reach(rpcEndpoint: string): Promise<Reachability> {
    try {
      const signal = AbortSignal.timeout(REACH_TIMEOUT_MS);
      const response = await fetch(rpcEndpoint, { method: "HEAD", signal });
      await response.body?.cancel();
      return "answers";
    } catch (error) {
      // The only sign that a process is gone; a network that is slow or away gives others.
      return /connection refused|ECONNREFUSED/i.test(describeError(error)) ? "refused" : "unknown";
    }
  }

  async assignMeeting(
    rpcEndpoint: string,
    { meetingId, displayName, maxParticipants, settings, locked }: MeetingConfiguration,
    revokedTokenIds: readonly string[] = [],
  ): Promise<ChosenMediaHandler | undefined> {
    const { mediaHandler } = await refusing(() =>
      this.#client(rpcEndpoint).assignMeeting({
        meetingId,
        config: {
          displayName,
          maxParticipants,
          enableE2eEncryption: settings.enableE2eEncryption,
          recordingEnabled: settings.recordingEnabled,
          lobbyEnabled: settings.lobbyEnabled,
          locked,
          defaultGrants: [...settings.defaultGrants],
        },
        revokedTokenIds: [...revokedTokenIds],
      })
    );
    return mediaHandler && {
      handlerId: mediaHandler.handlerId,
      endpoint: mediaHandler.endpoint,
      certificateHashes: mediaHandler.certificateHashes.map(encodeCertificateHash),
    };
  }

  async endMeeting(rpcEndpoint: string, meetingId: string): Promise<void> {
    await refusing(() => this.#client(rpcEndpoint).endMeeting({ meetingId }));
  }

  async ejectParticipant(
    rpcEndpoint: string,
    meetingId: string,
    participantId: string,
    reason: string,
  ): Promise<void> {
    const client = this.#client(rpcEndpoint);
    await refusing(() => client.ejectParticipant({ meetingId, participantId, reason }));
  }

  async revokeJoinTokens(
    rpcEndpoint: string,
    meetingId: string,
    tokenIds: readonly string[],
  ): Promise<void> {
    const client = this.#client(rpcEndpoint);
    await refusing(() => client.revokeJoinTokens({ meetingId, tokenIds: [...tokenIds] }));
  }

  #client(rpcEndpoint: string) {
    const known = this.#clients.get(rpcEndpoint);
    if (known) return known;
    if (this.#clients.size >= MAX_CLIENTS) this.#clients.clear();
    const client = createClient(rpcEndpoint, this.#secret);
    this.#clients.set(rpcEndpoint, client);
    return client;
  }
}

function createClient(baseUrl: string, secret: string) {
  return createRpcClient(MeetingControllerService, {
    baseUrl,
    secret,
    issuer: "global-controller",
    audience: "meeting-controller",
    timeoutMs: ASSIGNMENT_TIMEOUT_MS,
  });
}

async function refusing<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    const { code } = ConnectError.from(error);
    const busy = code === Code.ResourceExhausted || code === Code.FailedPrecondition;
    throw new ControllerRefusal(busy ? "busy" : "away", { cause: error });
  }
}

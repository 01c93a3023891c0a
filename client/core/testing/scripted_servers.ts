import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
  type ViewRequest,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import {
  type ClientEnvelope,
  ClientEnvelopeSchema,
  ErrorCode,
  type JoinResponseSchema,
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { RESUME_SECRET_LENGTH } from "../../../proto/signaling/resume_proof.ts";
import { ScriptedSession } from "./scripted_session.ts";
import type { Connect } from "../transport/connect.ts";
import type { JoinGrant } from "../meeting/grant.ts";

/** What a scripted controller says. */
export type ControllerMessage = MessageInitShape<typeof ServerEnvelopeSchema>["message"];

/** A session with a scripted server, and what was asked in it. */
export interface ScriptedConnection {
  readonly url: string;
  readonly session: ScriptedSession;
  readonly requests: ClientEnvelope["message"][];
  /** Connection tokens shown, when it is a media handler. */
  readonly tokens: string[];
  /** How streams are looked at, when it is a media handler. */
  readonly viewRequests: ViewRequest[];
  /** Says something unasked, when it is a controller. */
  say(message: ControllerMessage, epoch?: bigint): void;
}

/** What a scripted controller does instead of answering as it always does. */
export type ControllerScript = (
  request: ClientEnvelope["message"],
  connection: ScriptedConnection,
) => ControllerMessage | "silence" | undefined;

/**
 * A meeting controller and media handlers for tests of the client alone: they agree to everything,
 * unless told otherwise. Media handlers have "media" in their URL.
 */
export class ScriptedServers {
  readonly connections: ScriptedConnection[] = [];
  grants = 0;
  /** Whether new connections are established; the others never answer. */
  reachable = true;
  /** Whether the controller claims that the meeting is encrypted. */
  e2eEncryption = false;
  /** The controller refuses every request with this. */
  refusal: ErrorCode | undefined;
  /** Whether a client that expects these certificates is served. */
  accepts: (url: string, options: Parameters<Connect>[1]) => boolean = () => true;
  /** Hosts that cannot be reached. */
  readonly unreachable = new Set<string>();
  /** Goes before the answers that the controllers give else. */
  script: ControllerScript = () => undefined;
  /** The epoch under which controllers speak. */
  epoch = 0n;
  /** What every join and resume is answered with besides. */
  joinAnswer: Omit<MessageInitShape<typeof JoinResponseSchema>, "$typeName"> = {};
  /** The resume secrets given so far, the newest last. */
  readonly secrets: Uint8Array[] = [];
  /** Whether controllers give secrets, so that sessions can be resumed. */
  resumable = false;
  /** Whether the media handler takes tokens. */
  admitsMedia = true;

  readonly connect: Connect = (url, options) => {
    const established = this.reachable && !this.unreachable.has(new URL(url).hostname) &&
      this.accepts(url, options);
    const session = new ScriptedSession({ established });
    const connection: ScriptedConnection = {
      url,
      session,
      requests: [],
      tokens: [],
      viewRequests: [],
      say: (message, epoch = this.epoch) => session.reply(encodeController(0, message, epoch)),
    };
    this.connections.push(connection);
    session.onMessage = url.includes("media")
      ? (bytes) => this.#onMediaMessage(connection, bytes)
      : (bytes) => this.#onRequest(connection, bytes);
    return session;
  };

  readonly fetchGrant = (): Promise<JoinGrant> => {
    this.grants++;
    return Promise.resolve({
      meetingId: "11111111-1111-4111-8111-111111111111",
      participantId: crypto.randomUUID(),
      joinToken: `join-${this.grants}`,
      meetingControllerUrl: "https://controller.test",
      mediaHandlerUrl: "https://media.test",
      certificateHashes: [],
      e2eEncryption: false,
    });
  };

  /** The newest connection to a controller or a media handler. */
  newest(kind: "controller" | "media"): ScriptedConnection {
    const connection = this.connections.findLast(({ url }) => url.includes(kind));
    if (connection === undefined) throw new Error(`nobody connected to the ${kind}`);
    return connection;
  }

  /** The names of what the newest controller session was asked, pings left out. */
  get asked(): (string | undefined)[] {
    return this.newest("controller").requests.map((request) => request.case)
      .filter((name) => name !== "ping");
  }

  #onRequest(connection: ScriptedConnection, bytes: Uint8Array): void {
    const { requestId, message } = fromBinary(ClientEnvelopeSchema, bytes);
    connection.requests.push(message);
    const refuse = this.refusal !== undefined && message.case !== "ping";
    const answer = this.script(message, connection) ??
      (refuse ? refused(this.refusal!) : this.#answer(message));
    if (answer === "silence") return;
    connection.session.reply(encodeController(requestId, answer, this.epoch));
  }

  #answer(message: ClientEnvelope["message"]): ControllerMessage {
    const mediaServer = {
      mediaHandlerUrl: "https://media.test",
      connectionToken: `media-${this.grants}`,
    };
    switch (message.case) {
      case "prepareRequest":
        return { case: "prepareResponse", value: { mediaServer } };
      case "joinRequest":
      case "resumeRequest":
        return {
          case: "joinResponse",
          value: {
            mediaServer,
            e2eEncryption: this.e2eEncryption,
            displayName: "Scripted",
            resumeSecret: this.#nextSecret(),
            ...this.joinAnswer,
          },
        };
      case "publishStream":
        return { case: "streamPublished", value: {} };
      case "ping":
        return { case: "pong", value: {} };
      default:
        return { case: "acknowledgement", value: {} };
    }
  }

  #nextSecret(): Uint8Array {
    if (!this.resumable) return new Uint8Array();
    const secret = crypto.getRandomValues(new Uint8Array(RESUME_SECRET_LENGTH));
    this.secrets.push(secret);
    return secret;
  }

  #onMediaMessage(connection: ScriptedConnection, bytes: Uint8Array): void {
    const { message } = fromBinary(MediaClientEnvelopeSchema, bytes);
    if (message.case === "viewRequest") connection.viewRequests.push(message.value);
    if (message.case !== "authenticate") return;
    connection.tokens.push(message.value.connectionToken);
    connection.session.reply(toBinary(
      MediaServerEnvelopeSchema,
      create(MediaServerEnvelopeSchema, {
        message: this.admitsMedia
          ? { case: "authenticated", value: {} }
          : { case: "error", value: { code: ErrorCode.UNAUTHORIZED } },
      }),
    ));
  }
}

/** A refusal with this code. */
export function refused(code: ErrorCode): ControllerMessage {
  return { case: "error", value: { code, message: "refused" } };
}

function encodeController(
  requestId: number,
  message: ControllerMessage,
  epoch: bigint,
): Uint8Array {
  return toBinary(
    ServerEnvelopeSchema,
    create(ServerEnvelopeSchema, { version: 1, requestId, message, epoch }),
  );
}

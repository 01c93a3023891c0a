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
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
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
  say(message: ControllerMessage): void;
}

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
  /** Whether the media handler takes tokens. */
  admitsMedia = true;

  readonly connect: Connect = (url) => {
    const session = new ScriptedSession({ established: this.reachable });
    const connection: ScriptedConnection = {
      url,
      session,
      requests: [],
      tokens: [],
      viewRequests: [],
      say: (message) => session.reply(encodeController(0, message)),
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
    const answer: ControllerMessage = this.refusal === undefined || message.case === "ping"
      ? this.#answer(message)
      : { case: "error", value: { code: this.refusal, message: "refused" } };
    connection.session.reply(encodeController(requestId, answer));
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
        return {
          case: "joinResponse",
          value: { mediaServer, e2eEncryption: this.e2eEncryption, displayName: "Scripted" },
        };
      case "publishStream":
        return { case: "streamPublished", value: {} };
      case "ping":
        return { case: "pong", value: {} };
      default:
        return { case: "acknowledgement", value: {} };
    }
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

function encodeController(requestId: number, message: ControllerMessage): Uint8Array {
  return toBinary(
    ServerEnvelopeSchema,
    create(ServerEnvelopeSchema, { version: 1, requestId, message }),
  );
}

import {
  ErrorCode,
  type ErrorMessage,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/** The meeting controller refused a request. */
export class SignalingError extends Error {
  override readonly name = "SignalingError";
  /** What was wrong, from the answer. */
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string>>;

  constructor(answer: Pick<ErrorMessage, "code" | "message" | "details">) {
    super(`${ErrorCode[answer.code] ?? answer.code}: ${answer.message}`);
    this.code = answer.code;
    this.details = answer.details;
  }
}

/** Why a signaling session is gone. */
export type SignalingLossReason =
  /** The server ended it; see `closeCode`. */
  | "closed"
  /** The connection failed, or nothing was heard any more. */
  | "connection-lost"
  /** The server broke the protocol. */
  | "protocol";

/** The signaling session ended while something still needed it. */
export class SignalingLostError extends Error {
  override readonly name = "SignalingLostError";
  constructor(
    readonly reason: SignalingLossReason,
    message: string,
    /** The close code when the server gave one. */
    readonly closeCode?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

import {
  ErrorCode,
  type MeetingControllerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { CloseCode } from "../participant/close_code.ts";

/** What a refusal may say beyond its code and message. */
export interface RefusalOptions extends ErrorOptions {
  /** With MOVED: where the meeting is. */
  readonly controller?: MeetingControllerInfo;
  /** The session ends with it. */
  readonly closeCode?: CloseCode;
}

/**
 * A request that is answered with an error. The message goes to the peer that asked, so it says
 * what to do differently and holds no secrets.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly controller: MeetingControllerInfo | undefined;
  readonly closeCode: CloseCode | undefined;

  constructor(readonly code: ErrorCode, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.controller = options.controller;
    this.closeCode = options.closeCode;
  }
}

/** A request that says something it may not say. */
export function invalid(message: string): Refusal {
  return new Refusal(ErrorCode.INVALID_REQUEST, message);
}

/** Nothing can be made sure of now: whoever asked may ask again in a moment. */
export function unavailable(cause?: unknown): Refusal {
  return new Refusal(
    ErrorCode.UNAVAILABLE,
    "the meeting controller cannot make sure of anything now; try again in a moment",
    { cause },
  );
}

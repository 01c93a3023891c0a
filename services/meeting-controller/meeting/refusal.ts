import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/**
 * A request that is answered with an error. The message goes to the peer that asked, so it says
 * what to do differently and holds no secrets.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(readonly code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A request that says something it may not say. */
export function invalid(message: string): Refusal {
  return new Refusal(ErrorCode.INVALID_REQUEST, message);
}

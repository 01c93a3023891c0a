/** Why a change of the routes is refused. */
export type RoutingErrorReason =
  | "unknown-meeting"
  | "conflict"
  | "capacity"
  /** Another meeting controller has the meeting. */
  | "stale";

/** A change of participants or routes that cannot be. */
export class RoutingError extends Error {
  override readonly name = "RoutingError";
  constructor(readonly reason: RoutingErrorReason, message: string) {
    super(message);
  }
}

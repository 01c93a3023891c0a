import { type ActionFailure, MeetingActionError } from "../../../core/meeting/meeting_actions.ts";
import { MeetingError, type MeetingFailure } from "../../../core/meeting/meeting_state.ts";

/** An error as it crosses from the worker to the page. */
export interface TransferredError {
  /** The error's class name, such as "MeetingError". */
  readonly name: string;
  readonly message: string;
  /** A MeetingError's reason. */
  readonly reason?: MeetingFailure;
  /** A MeetingActionError's reason. */
  readonly actionReason?: ActionFailure;
}

/** The worker could not do what it was asked; `name` is that of the error in the worker. */
export class WorkerRequestError extends Error {
  constructor(error: TransferredError) {
    super(error.message);
    this.name = error.name;
  }
}

/** Any thrown value in the form that crosses to the page. */
export function transferredError(thrown: unknown): TransferredError {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { name, message } = thrown;
  if (thrown instanceof MeetingError) return { name, message, reason: thrown.reason };
  if (thrown instanceof MeetingActionError) return { name, message, actionReason: thrown.reason };
  return { name, message };
}

/** The worker's error as the page throws it: a meeting's own stays one, with its reason. */
export function receivedError(error: TransferredError): Error {
  if (error.reason !== undefined) return new MeetingError(error.reason, error.message);
  if (error.actionReason !== undefined) {
    return new MeetingActionError(error.actionReason, error.message);
  }
  return new WorkerRequestError(error);
}

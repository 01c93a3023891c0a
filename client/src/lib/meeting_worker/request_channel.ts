import { MeetingError } from "../../../core/meeting/meeting_state.ts";
import type {
  FromWorker,
  ToWorker,
  TransferredError,
  WorkerRequestName,
  WorkerRequests,
} from "./protocol.ts";

/** Requests that may wait for an answer at once. */
export const MAXIMUM_WAITING_REQUESTS = 64;

/** The worker could not do what it was asked; `name` is that of the error in the worker. */
export class WorkerRequestError extends Error {
  constructor(error: TransferredError) {
    super(error.message);
    this.name = error.name;
  }
}

/** The worker's error as the page throws it: a MeetingError stays one, with its reason. */
function receivedError(error: TransferredError): Error {
  if (error.reason !== undefined) return new MeetingError(error.reason, error.message);
  return new WorkerRequestError(error);
}

interface Waiting {
  resolve(result: WorkerRequests[WorkerRequestName]["result"]): void;
  reject(error: Error): void;
}

/** The page's end of the requests: numbers them and matches the answers. */
export class RequestChannel {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failure: Error | undefined;

  constructor(private readonly post: (message: ToWorker, transfer: Transferable[]) => void) {}

  /**
   * Makes one request. Rejects with MeetingError or {@link WorkerRequestError}, or with what the channel
   * failed with.
   */
  request<Name extends WorkerRequestName>(
    name: Name,
    input: WorkerRequests[Name]["input"],
    transfer: Transferable[] = [],
  ): Promise<WorkerRequests[Name]["result"]> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#waiting.size >= MAXIMUM_WAITING_REQUESTS) {
      return Promise.reject(new Error("the meeting worker does not answer"));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.post({ type: "request", id, name, input } as ToWorker, transfer);
    });
  }

  /** Takes an answer of the worker. */
  answer(response: Extract<FromWorker, { type: "response" }>): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (response.ok) waiting?.resolve(response.result);
    else waiting?.reject(receivedError(response.error));
  }

  /** Rejects everything that waits and all that is still asked. */
  fail(error: Error): void {
    this.#failure = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

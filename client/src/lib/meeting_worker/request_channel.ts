import { receivedError, type TransferredError } from "./transferred_error.ts";

/** Requests that may wait for an answer at once. */
export const MAXIMUM_WAITING_REQUESTS = 64;

/** Names of requests, with the types of what goes in and what comes out. */
type RequestTable = Readonly<
  Record<string, { readonly input: unknown; readonly result: unknown }>
>;

/** Any request of the table, as it is posted; the answer carries the same id. */
export type RequestOf<Table extends RequestTable> = {
  [Name in keyof Table]: {
    readonly type: "request";
    readonly id: number;
    readonly name: Name;
    readonly input: Table[Name]["input"];
  };
}[keyof Table];

/** What any request of the table results in. */
export type ResultOf<Table extends RequestTable> = Table[keyof Table]["result"];

/** The answer to one request. */
export type ResponseMessage<Result> =
  | { readonly type: "response"; readonly id: number; readonly ok: true; readonly result: Result }
  | {
    readonly type: "response";
    readonly id: number;
    readonly ok: false;
    readonly error: TransferredError;
  };

interface Waiting<Result> {
  resolve(result: Result): void;
  reject(error: Error): void;
}

/** The page's end of the requests: numbers them and matches the answers. */
export class RequestChannel<Table extends RequestTable> {
  readonly #post: (message: RequestOf<Table>, transfer: Transferable[]) => void;
  readonly #waiting = new Map<number, Waiting<ResultOf<Table>>>();
  #lastId = 0;
  #failure: Error | undefined;

  constructor(post: (message: RequestOf<Table>, transfer: Transferable[]) => void) {
    this.#post = post;
  }

  /**
   * Makes one request. Rejects with MeetingError or WorkerRequestError, or with what the channel failed
   * with.
   */
  request<Name extends keyof Table>(
    name: Name,
    input: Table[Name]["input"],
    transfer: Transferable[] = [],
  ): Promise<Table[Name]["result"]> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#waiting.size >= MAXIMUM_WAITING_REQUESTS) {
      return Promise.reject(new Error("the meeting worker does not answer"));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ type: "request", id, name, input }, transfer);
    });
  }

  /** Takes an answer of the worker. */
  answer(response: ResponseMessage<ResultOf<Table>>): void {
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

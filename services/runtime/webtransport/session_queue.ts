import type { ServerSession } from "./session.ts";

/** Sessions between the listener and the application that iterates it. */
export class SessionQueue {
  readonly #capacity: number;
  readonly #sessions: ServerSession[] = [];
  readonly #takers: ((result: IteratorResult<ServerSession>) => void)[] = [];
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Returns false when the queue is full or closed: the session has no taker. */
  push(session: ServerSession): boolean {
    if (this.#closed) return false;
    const taker = this.#takers.shift();
    if (taker) {
      taker({ value: session, done: false });
      return true;
    }
    if (this.#sessions.length >= this.#capacity) return false;
    this.#sessions.push(session);
    return true;
  }

  /** The next session, or the end once the queue is closed and empty. */
  next(): Promise<IteratorResult<ServerSession>> {
    const session = this.#sessions.shift();
    if (session) return Promise.resolve({ value: session, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker({ value: undefined, done: true });
  }
}

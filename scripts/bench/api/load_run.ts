import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import { poissonArrivals } from "./arrivals.ts";
import { type HttpConnection, writeRequest } from "./http_connection.ts";
import type { Load, LoadResult } from "./load.ts";

/** Connections at most; a request that finds all of them busy waits, and its clock runs. */
const MAX_CONNECTIONS = 256;
/** How long answers may take after the last request, milliseconds. */
const LAST_ANSWER_DEADLINE_MS = 10_000;

/** Sends a load. @param open connects to where it goes. */
export async function runLoad(
  load: Load,
  open: () => Promise<HttpConnection>,
): Promise<LoadResult> {
  const run = new LoadRun(load, open);
  const startedAtMs = performance.now();
  try {
    await ("ratePerS" in load.pace
      ? run.atRate(load.pace.ratePerS)
      : run.byConnections(load.pace.connections));
    return run.result(performance.now() - startedAtMs);
  } finally {
    run.close();
  }
}

class LoadRun {
  readonly #load: Load;
  readonly #open: () => Promise<HttpConnection>;
  readonly #random: () => number;
  /** For each kind and token, the requests for its paths. */
  readonly #requests: readonly (readonly Uint8Array[])[];
  readonly #connections = new Set<HttpConnection>();
  readonly #idle: HttpConnection[] = [];
  readonly #waiting: PromiseWithResolvers<HttpConnection>[] = [];
  readonly #latenciesMs: number[][];
  readonly #statuses: Record<number, number> = {};
  #opening = 0;

  constructor(load: Load, open: () => Promise<HttpConnection>) {
    this.#load = load;
    this.#open = open;
    this.#random = seededRandom(load.seed);
    this.#latenciesMs = load.kinds.map(() => []);
    this.#requests = load.kinds.map(({ method, paths, body }) =>
      load.tokens.flatMap((token) =>
        paths.map((path) => writeRequest({ method, path, token, body }))
      )
    );
  }

  async atRate(ratePerS: number): Promise<void> {
    const offsets = poissonArrivals(ratePerS, this.#load.durationMs, this.#random);
    const underway = new Set<Promise<void>>();
    const startedAtMs = performance.now();
    for (const offset of offsets) {
      const dueAtMs = startedAtMs + offset;
      const waitMs = dueAtMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      const request = this.#send(dueAtMs).finally(() => underway.delete(request));
      underway.add(request);
    }
    await Promise.race([Promise.all(underway), pause(LAST_ANSWER_DEADLINE_MS)]);
    for (let missing = underway.size; missing > 0; missing--) this.#count(0);
  }

  async byConnections(connections: number): Promise<void> {
    const endsAtMs = performance.now() + this.#load.durationMs;
    await Promise.all(Array.from({ length: connections }, async () => {
      while (performance.now() < endsAtMs) await this.#send(performance.now());
    }));
  }

  result(elapsedMs: number): LoadResult {
    const named = this.#load.kinds.map(({ name }, kind) => [name, this.#latenciesMs[kind]!]);
    return { latenciesMs: Object.fromEntries(named), statuses: this.#statuses, elapsedMs };
  }

  close(): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
    this.#connections.clear();
  }

  async #send(dueAtMs: number): Promise<void> {
    const kind = this.#pick(this.#requests.length);
    const requests = this.#requests[kind]!;
    const request = requests[this.#pick(requests.length)]!;
    let connection: HttpConnection | undefined;
    try {
      connection = await this.#take();
      const { status } = await connection.exchange(request);
      this.#latenciesMs[kind]!.push(performance.now() - dueAtMs);
      this.#count(status);
      this.#giveBack(connection);
    } catch {
      // Counted, and whoever waits for this connection gets another one.
      if (connection !== undefined) this.#drop(connection);
      this.#count(0);
    }
  }

  #pick(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #count(status: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }

  async #take(): Promise<HttpConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#connections.size + this.#opening >= MAX_CONNECTIONS) {
      const waiter = Promise.withResolvers<HttpConnection>();
      this.#waiting.push(waiter);
      return await waiter.promise;
    }
    this.#opening++;
    try {
      const connection = await this.#open();
      this.#connections.add(connection);
      return connection;
    } finally {
      this.#opening--;
    }
  }

  #giveBack(connection: HttpConnection): void {
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(connection);
    else this.#idle.push(connection);
  }

  #drop(connection: HttpConnection): void {
    if (this.#connections.delete(connection)) connection[Symbol.dispose]();
    const waiter = this.#waiting.shift();
    if (waiter) this.#take().then(waiter.resolve, waiter.reject);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One kind of request; each takes one of the paths at random. */
export interface RequestKind {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly paths: readonly string[];
  readonly body?: string;
}

/** What a load generator is told to send, and where. */
export interface Load {
  readonly port: number;
  /** Bearer tokens; each request takes one at random. */
  readonly tokens: readonly string[];
  /** Each request is of one kind, all equally likely. */
  readonly kinds: readonly RequestKind[];
  readonly durationMs: number;
  /**
   * At times that were decided before, whatever becomes of earlier requests; or so many connections
   * that each send when they have their answer.
   */
  readonly pace: { readonly ratePerS: number } | { readonly connections: number };
  readonly seed: number;
}

/** What became of a load. */
export interface LoadResult {
  /**
   * By kind, milliseconds from the time at which a request was due to the end of its answer: waiting
   * for a free connection, or for the generator itself, counts.
   */
  readonly latenciesMs: Readonly<Record<string, readonly number[]>>;
  /** Answers by status; 0: none. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly elapsedMs: number;
}

/** How many requests of the load were answered as they should. */
export function succeeded({ statuses }: LoadResult): number {
  return Object.entries(statuses).reduce(
    (sum, [status, count]) => Number(status) >= 200 && Number(status) < 300 ? sum + count : sum,
    0,
  );
}

/** How many requests were answered otherwise, or not at all. */
export function failed(result: LoadResult): number {
  const all = Object.values(result.statuses).reduce((sum, count) => sum + count, 0);
  return all - succeeded(result);
}

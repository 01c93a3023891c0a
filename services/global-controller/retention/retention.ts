/** What one run did. */
export interface RetentionReport {
  /** Rows that each rule deleted or marked; months of the audit log. Rules that found none are absent. */
  readonly counts: Readonly<Record<string, number>>;
  /** False: more is left than one run does; the next one goes on. */
  readonly complete: boolean;
}

/** Deletes what is older than it may be kept. */
export interface Retention {
  /**
   * Runs once unless another process is at it (undefined then), a bounded number of rows a
   * statement, until nothing is left or `signal` aborts.
   */
  run(signal: AbortSignal): Promise<RetentionReport | undefined>;

  /** Whether no process began within `intervalMs`: the one that is told so begins. */
  claimRun(intervalMs: number): Promise<boolean>;
}

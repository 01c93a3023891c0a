/** What became of one look at the outbox. */
export interface TakenActions {
  readonly count: number;
  /** Meetings that a host has ended. */
  readonly endedMeetingIds: readonly string[];
}

/** What moderators did in running meetings, until it is in the audit log. */
export interface ModerationOutbox {
  /**
   * Takes the oldest actions that nobody else is taking into the audit log and to the webhooks, and
   * does what follows from them, all or nothing: each exactly once.
   */
  take(limit: number): Promise<TakenActions>;
}

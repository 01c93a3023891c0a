/** Where one organisation's chain of audit rows begins and ends, kept apart from the rows. */
export interface AuditChain {
  readonly organisationId: string;
  readonly lastSequence: number;
  /** The hash of row `lastSequence`, hexadecimal. */
  readonly lastHash: string;
  /** The last row of the months that retention dropped; 0: none were. */
  readonly anchorSequence: number;
  /** The hash of row `anchorSequence`, which the first row that is left follows. */
  readonly anchorHash: string;
}

/** The action that tells of months that retention dropped; its details hold the anchor. */
export const MONTH_DROPPED = "audit.month_dropped";

/** The details of `MONTH_DROPPED`. */
export interface DroppedMonthDetails {
  readonly anchor_sequence: number;
  readonly anchor_hash: string;
}

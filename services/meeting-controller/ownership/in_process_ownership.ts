import type { InProcessOwnerTable } from "./in_process_owner_table.ts";
import { LeasedOwnership, type LeasedOwnershipOptions } from "./leased_ownership.ts";

/** Ownership for one process without a database, or for the controllers of one process. */
export class InProcessOwnership extends LeasedOwnership {
  /** @param options.table the same for all controllers of the process. */
  constructor(options: LeasedOwnershipOptions & { readonly table: InProcessOwnerTable }) {
    super(options);
  }
}

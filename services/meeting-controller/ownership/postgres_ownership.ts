import { LeasedOwnership, type LeasedOwnershipOptions } from "./leased_ownership.ts";
import { PostgresOwnerTable } from "./postgres_owner_table.ts";

/** Ownership in PostgreSQL, for controllers of many machines. */
export class PostgresOwnership extends LeasedOwnership {
  /**
   * Begins the lease at once, and as soon as the database answers.
   *
   * @param options.databaseUrl such as `postgres://user:password@host:5432/name`.
   */
  constructor(options: Omit<LeasedOwnershipOptions, "table"> & { readonly databaseUrl: string }) {
    super({ ...options, table: new PostgresOwnerTable(options.databaseUrl) });
  }
}

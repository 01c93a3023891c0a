import type { TestDatabases } from "../../../db/test_postgres.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { PostgresMeetingStore } from "../meeting/postgres_meeting_store.ts";
import { PostgresServerRegistry } from "../region/postgres_server_registry.ts";
import { createTestTenant, type TestTenant } from "./test_tenant.ts";
import type { ServerRegistry } from "../region/server_registry.ts";

/** The stores of meetings and of regional servers over one empty database. */
export interface TestStores extends AsyncDisposable {
  readonly registry: ServerRegistry;
  readonly meetings: MeetingStore;
  /** Adds an organisation with people in it. */
  tenant(slug: string): Promise<TestTenant>;
  /** Makes all heartbeats so far `ms` older. */
  age(ms: number): Promise<void>;
}

/** Fresh stores for one test. */
export async function createTestStores(databases: TestDatabases): Promise<TestStores> {
  const database = await databases.create();
  const { sql } = database;
  return {
    registry: new PostgresServerRegistry(sql),
    meetings: new PostgresMeetingStore(sql),
    tenant: (slug) => createTestTenant(sql, slug),
    age: async (ms) => {
      const span = sql`${ms} * interval '1 millisecond'`;
      await sql`UPDATE meeting_controllers SET heartbeat_at = heartbeat_at - ${span}`;
      await sql`UPDATE media_handlers SET heartbeat_at = heartbeat_at - ${span}`;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

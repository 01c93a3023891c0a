import { startTestDatabase } from "../../../db/test_postgres.ts";
import type { ApiClientStore } from "../auth/api_client_store.ts";
import { InProcessApiClientStore } from "../auth/in_process_api_client_store.ts";
import { PostgresApiClientStore } from "../auth/postgres_api_client_store.ts";
import { InProcessMeetingStore } from "../meeting/in_process_meeting_store.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { PostgresMeetingStore } from "../meeting/postgres_meeting_store.ts";
import { InProcessServerRegistry } from "../region/in_process_server_registry.ts";
import { PostgresServerRegistry } from "../region/postgres_server_registry.ts";
import type { ServerRegistry } from "../region/server_registry.ts";

/** All stores over one state, as a contract suite uses them. */
export interface StoresUnderTest {
  readonly registry: ServerRegistry;
  readonly meetings: MeetingStore;
  readonly clients: ApiClientStore;
  /** Makes all heartbeats so far `ms` older. */
  age(ms: number): Promise<void>;
}

/** The implementations that have to behave alike. */
export const STORE_KINDS = ["in process", "PostgreSQL"] as const;

/** Gives `act` fresh stores of the kind, and takes them down after it. */
export async function withStores(
  kind: typeof STORE_KINDS[number],
  act: (stores: StoresUnderTest) => Promise<void>,
): Promise<void> {
  if (kind === "in process") {
    let nowMs = 0;
    const registry = new InProcessServerRegistry(() => nowMs);
    await act({
      registry,
      meetings: new InProcessMeetingStore(registry),
      clients: new InProcessApiClientStore(),
      age: (ms) => {
        nowMs += ms;
        return Promise.resolve();
      },
    });
    return;
  }
  await using database = await startTestDatabase();
  const { sql } = database;
  await act({
    registry: new PostgresServerRegistry(sql),
    meetings: new PostgresMeetingStore(sql),
    clients: new PostgresApiClientStore(sql),
    age: async (ms) => {
      const span = sql`${ms} * interval '1 millisecond'`;
      await sql`UPDATE meeting_controllers SET heartbeat_at = heartbeat_at - ${span}`;
      await sql`UPDATE media_handlers SET heartbeat_at = heartbeat_at - ${span}`;
    },
  });
}

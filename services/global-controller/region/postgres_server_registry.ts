import type postgres from "postgres";
import {
  HEARTBEAT_FRESH_MS,
  type RegisteredController,
  type RegisteredMediaHandler,
  type ServerHealth,
} from "./registered_server.ts";
import type { HeartbeatSender, ServerHeartbeat, ServerRegistry } from "./server_registry.ts";

interface ServerRow {
  readonly id: string;
  readonly region: string;
  readonly endpoint: string;
  readonly rpc_endpoint: string;
  readonly certificate_hashes: string[];
  readonly health: ServerHealth;
  readonly version: string;
  readonly max_participants: number;
  readonly current_participants: number;
}

/** The registry in PostgreSQL, where all global controllers see the same servers. */
export class PostgresServerRegistry implements ServerRegistry {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async registerController(controller: RegisteredController): Promise<boolean> {
    const { controllerId, endpoint, capacity } = controller;
    return await this.#sql.begin(async (sql) => {
      const replaced = await sql`
        DELETE FROM meeting_controllers
        WHERE endpoint = ${endpoint} AND controller_id <> ${controllerId}`;
      await sql`
        INSERT INTO meeting_controllers ${
        sql({
          controller_id: controllerId,
          ...serverColumns(controller),
          max_meetings: capacity.maxMeetings,
          current_meetings: capacity.currentMeetings,
        })
      }
        ON CONFLICT (controller_id) DO UPDATE SET
          region = excluded.region, endpoint = excluded.endpoint,
          rpc_endpoint = excluded.rpc_endpoint, certificate_hashes = excluded.certificate_hashes,
          max_meetings = excluded.max_meetings, current_meetings = excluded.current_meetings,
          max_participants = excluded.max_participants,
          current_participants = excluded.current_participants,
          version = excluded.version, health = excluded.health, heartbeat_at = now()`;
      return replaced.count > 0;
    });
  }

  async registerMediaHandler(handler: RegisteredMediaHandler): Promise<void> {
    const { handlerId, endpoint, capacity } = handler;
    await this.#sql.begin(async (sql) => {
      await sql`
        DELETE FROM media_handlers WHERE endpoint = ${endpoint} AND handler_id <> ${handlerId}`;
      await sql`
        INSERT INTO media_handlers ${
        sql({
          handler_id: handlerId,
          ...serverColumns(handler),
          max_streams: capacity.maxStreams,
          current_streams: capacity.currentStreams,
        })
      }
        ON CONFLICT (handler_id) DO UPDATE SET
          region = excluded.region, endpoint = excluded.endpoint,
          rpc_endpoint = excluded.rpc_endpoint, certificate_hashes = excluded.certificate_hashes,
          max_streams = excluded.max_streams, current_streams = excluded.current_streams,
          max_participants = excluded.max_participants,
          current_participants = excluded.current_participants,
          version = excluded.version, health = excluded.health, heartbeat_at = now()`;
    });
  }

  async recordHeartbeat(heartbeat: ServerHeartbeat): Promise<HeartbeatSender | undefined> {
    const { serverId, health, controllerCapacity, mediaHandlerCapacity } = heartbeat;
    const [sender] = await this.#sql<HeartbeatSender[]>`
      WITH controller AS (
        UPDATE meeting_controllers SET heartbeat_at = now(), health = ${health},
          max_meetings = coalesce(${controllerCapacity?.maxMeetings ?? null}, max_meetings),
          current_meetings =
            coalesce(${controllerCapacity?.currentMeetings ?? null}, current_meetings),
          max_participants =
            coalesce(${controllerCapacity?.maxParticipants ?? null}, max_participants),
          current_participants =
            coalesce(${controllerCapacity?.currentParticipants ?? null}, current_participants)
        WHERE controller_id = ${serverId} RETURNING region
      ), handler AS (
        UPDATE media_handlers SET heartbeat_at = now(), health = ${health},
          max_streams = coalesce(${mediaHandlerCapacity?.maxStreams ?? null}, max_streams),
          current_streams =
            coalesce(${mediaHandlerCapacity?.currentStreams ?? null}, current_streams),
          max_participants =
            coalesce(${mediaHandlerCapacity?.maxParticipants ?? null}, max_participants),
          current_participants =
            coalesce(${mediaHandlerCapacity?.currentParticipants ?? null}, current_participants)
        WHERE handler_id = ${serverId} RETURNING region
      )
      SELECT 'controller' AS kind, region FROM controller
      UNION ALL SELECT 'mediaHandler', region FROM handler`;
    return sender;
  }

  async deregister(serverId: string): Promise<HeartbeatSender["kind"] | undefined> {
    const [sender] = await this.#sql<{ kind: HeartbeatSender["kind"] }[]>`
      WITH controller AS (
        DELETE FROM meeting_controllers WHERE controller_id = ${serverId} RETURNING 1
      ), handler AS (
        DELETE FROM media_handlers WHERE handler_id = ${serverId} RETURNING 1
      )
      SELECT 'controller' AS kind FROM controller UNION ALL SELECT 'mediaHandler' FROM handler`;
    return sender?.kind;
  }

  async listHealthyControllers(): Promise<RegisteredController[]> {
    const rows = await this.#sql<
      (ServerRow & { max_meetings: number; current_meetings: number })[]
    >`
      WITH fresh AS MATERIALIZED (
        SELECT c.*, coalesce(l.expires_at <= clock_timestamp(), false) AS is_out
        FROM meeting_controllers c LEFT JOIN controller_leases l USING (controller_id)
        WHERE health NOT IN ('unhealthy', 'draining')
          AND heartbeat_at >= now() - ${HEARTBEAT_FRESH_MS} * interval '1 millisecond'
      )
      SELECT controller_id AS id, region, endpoint, rpc_endpoint, certificate_hashes, health,
        version,
        max_meetings::float8, current_meetings::float8,
        max_participants::float8, current_participants::float8
      FROM fresh
      -- when the database was away, all leases have run out, and are about to be renewed
      WHERE NOT is_out OR NOT EXISTS (SELECT FROM fresh WHERE NOT is_out)`;
    return rows.map((row) => ({
      controllerId: row.id,
      ...serverOf(row),
      capacity: {
        maxMeetings: row.max_meetings,
        currentMeetings: row.current_meetings,
        maxParticipants: row.max_participants,
        currentParticipants: row.current_participants,
      },
    }));
  }

  async listHealthyMediaHandlers(region: string): Promise<RegisteredMediaHandler[]> {
    const rows = await this.#sql<(ServerRow & { max_streams: number; current_streams: number })[]>`
      SELECT handler_id AS id, region, endpoint, rpc_endpoint, certificate_hashes, health,
        version,
        max_streams::float8, current_streams::float8,
        max_participants::float8, current_participants::float8
      FROM media_handlers
      WHERE region = ${region} AND health NOT IN ('unhealthy', 'draining')
        AND heartbeat_at >= now() - ${HEARTBEAT_FRESH_MS} * interval '1 millisecond'`;
    return rows.map((row) => ({
      handlerId: row.id,
      ...serverOf(row),
      capacity: {
        maxStreams: row.max_streams,
        currentStreams: row.current_streams,
        maxParticipants: row.max_participants,
        currentParticipants: row.current_participants,
      },
    }));
  }

  async markControllerUnhealthy(controllerId: string): Promise<void> {
    await this.#sql`
      UPDATE meeting_controllers SET health = 'unhealthy' WHERE controller_id = ${controllerId}`;
  }

  async forgetSilentServers(ageMs: number): Promise<number> {
    const [row] = await this.#sql<{ controllers: number }[]>`
      WITH controllers AS (
        DELETE FROM meeting_controllers
        WHERE heartbeat_at < now() - ${ageMs} * interval '1 millisecond' RETURNING 1
      ), handlers AS (
        DELETE FROM media_handlers
        WHERE heartbeat_at < now() - ${ageMs} * interval '1 millisecond'
      )
      SELECT count(*)::int AS controllers FROM controllers`;
    return row?.controllers ?? 0;
  }
}

function serverColumns(server: RegisteredController | RegisteredMediaHandler) {
  return {
    region: server.region,
    endpoint: server.endpoint,
    rpc_endpoint: server.rpcEndpoint,
    certificate_hashes: [...server.certificateHashes],
    max_participants: server.capacity.maxParticipants,
    current_participants: server.capacity.currentParticipants,
    health: server.health,
    version: server.version,
  };
}

function serverOf(row: ServerRow) {
  return {
    region: row.region,
    endpoint: row.endpoint,
    rpcEndpoint: row.rpc_endpoint,
    certificateHashes: row.certificate_hashes,
    health: row.health,
    version: row.version,
  };
}

import postgres from "postgres";
import { conflict } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { Room, RoomConfiguration, RoomDefinition, RoomReference } from "./room.ts";
import type { RoomDecision, RoomStore } from "./room_store.ts";

const UNIQUE_VIOLATION = "23505";

interface RoomRow {
  readonly room_id: string;
  readonly organisation_id: string;
  readonly owner_user_id: string | null;
  readonly slug: string;
  readonly display_name: string;
  readonly configuration: RoomConfiguration;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface ListedRow extends RoomRow {
  readonly page_time: string;
}

/** Rooms in PostgreSQL (db/migrations/0004_meetings.sql). */
export class PostgresRoomStore implements RoomStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async create(
    room: RoomDefinition & Pick<Room, "organisationId" | "ownerUserId">,
  ): Promise<Room> {
    const { organisationId, ownerUserId, slug, displayName, configuration } = room;
    const sql = this.#sql;
    const [row] = await refusingTakenSlug(() =>
      sql<RoomRow[]>`
        INSERT INTO rooms AS r (organisation_id, owner_user_id, slug, display_name, configuration)
        VALUES (${organisationId}, ${ownerUserId}, ${slug}, ${displayName},
          ${json(sql, configuration)})
        RETURNING ${columns(sql)}`
    );
    return roomOf(row!);
  }

  async find(organisationId: string, reference: RoomReference): Promise<Room | undefined> {
    const sql = this.#sql;
    const [row] = await sql<RoomRow[]>`
      SELECT ${columns(sql)} FROM rooms r WHERE r.organisation_id = ${organisationId} AND ${
      "roomId" in reference ? sql`r.room_id = ${reference.roomId}` : sql`r.slug = ${reference.slug}`
    }`;
    return row && roomOf(row);
  }

  async findByLink(organisationSlug: string, roomSlug: string): Promise<Room | undefined> {
    const [row] = await this.#sql<RoomRow[]>`
      SELECT ${columns(this.#sql)} FROM rooms r JOIN organisations o USING (organisation_id)
      WHERE o.slug = ${organisationSlug} AND r.slug = ${roomSlug}`;
    return row && roomOf(row);
  }

  async list(
    organisationId: string,
    { limit, after }: Page,
  ): Promise<{ rooms: readonly Room[]; nextCursor: string | null }> {
    const sql = this.#sql;
    const rows = await sql<ListedRow[]>`
      SELECT ${columns(sql)}, ${pageTime(sql, "r.created_at")} AS page_time FROM rooms r
      WHERE r.organisation_id = ${organisationId}
        AND ${isAfter(sql, "r.created_at", "r.room_id", after)}
      ORDER BY r.created_at DESC, r.room_id DESC LIMIT ${limit + 1}`;
    const { items, nextCursor } = pageOf(
      rows,
      limit,
      ({ page_time, room_id }) => ({ time: page_time, id: room_id }),
    );
    return { rooms: items.map(roomOf), nextCursor };
  }

  async change(
    organisationId: string,
    roomId: string,
    decide: RoomDecision,
  ): Promise<{ room: Room; changed: boolean } | undefined> {
    return await refusingTakenSlug(() =>
      this.#sql.begin(async (sql) => {
        const [row] = await sql<RoomRow[]>`
          SELECT ${columns(sql)} FROM rooms r
          WHERE r.organisation_id = ${organisationId} AND r.room_id = ${roomId} FOR UPDATE`;
        if (row === undefined) return undefined;
        const room = roomOf(row);
        const next = decide(room);
        if (next === undefined) return { room, changed: false };
        const [written] = await sql<RoomRow[]>`
          UPDATE rooms r SET slug = ${next.slug}, display_name = ${next.displayName},
            configuration = ${json(sql, next.configuration)},
            version = version + 1, updated_at = now()
          WHERE room_id = ${roomId} RETURNING ${columns(sql)}`;
        return { room: roomOf(written!), changed: true };
      })
    );
  }

  async delete(organisationId: string, roomId: string): Promise<boolean> {
    const { count } = await this.#sql`
      DELETE FROM rooms WHERE organisation_id = ${organisationId} AND room_id = ${roomId}`;
    return count > 0;
  }
}

function columns(sql: postgres.ISql) {
  return sql`r.room_id, r.organisation_id, r.owner_user_id, r.slug, r.display_name,
    r.configuration, r.version, r.created_at, r.updated_at`;
}

function json(sql: postgres.ISql, configuration: RoomConfiguration) {
  return sql.json(configuration as unknown as postgres.JSONValue);
}

async function refusingTakenSlug<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === UNIQUE_VIOLATION) {
      throw conflict("the organisation has a room with this slug");
    }
    throw error;
  }
}

function roomOf(row: RoomRow): Room {
  return {
    roomId: row.room_id,
    organisationId: row.organisation_id,
    ownerUserId: row.owner_user_id,
    slug: row.slug,
    displayName: row.display_name,
    configuration: row.configuration,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

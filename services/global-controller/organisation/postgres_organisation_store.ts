import type postgres from "postgres";
import { conflict, notFound } from "../rest/api_error.ts";
import { preconditionFailed } from "../rest/etag.ts";
import type { Organisation, OrganisationChange, QuotaChange } from "./organisation.ts";
import type { OperatedOrganisation, OrganisationStore } from "./organisation_store.ts";
import { MAX_QUOTA } from "./quota/quota.ts";

/** PostgreSQL's unique_violation. */
const UNIQUE_VIOLATION = "23505";

/** Organisations in PostgreSQL (db/migrations/). */
export class PostgresOrganisationStore implements OrganisationStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async find(organisationId: string): Promise<Organisation | undefined> {
    const [row] = await this.#sql<Organisation[]>`
      SELECT ${this.#columns()} FROM organisations WHERE organisation_id = ${organisationId}`;
    return row;
  }

  async findBySlug(slug: string): Promise<Organisation | undefined> {
    const [row] = await this.#sql<Organisation[]>`
      SELECT ${this.#columns()} FROM organisations WHERE slug = ${slug}`;
    return row;
  }

  async create(slug: string, name: string): Promise<Organisation> {
    const [row] = await this.#sql<Organisation[]>`
      INSERT INTO organisations (slug, name) VALUES (${slug}, ${name})
      ON CONFLICT (slug) DO NOTHING RETURNING ${this.#columns()}`;
    if (row === undefined) throw slugTaken();
    return row;
  }

  async update(
    organisationId: string,
    { name, slug }: OrganisationChange,
    version: number | undefined,
  ): Promise<Organisation> {
    const [row] = await this.#sql<Organisation[]>`
      UPDATE organisations SET name = coalesce(${name ?? null}, name),
        slug = coalesce(${slug ?? null}, slug), version = version + 1, updated_at = now()
      WHERE organisation_id = ${organisationId}
        AND version = coalesce(${version ?? null}::integer, version)
      RETURNING ${this.#columns()}`.catch((error) => {
      throw isUniqueViolation(error) ? slugTaken() : error;
    });
    if (row !== undefined) return row;
    throw await this.find(organisationId) ? preconditionFailed() : notFound("no such organisation");
  }

  async setQuotas(slug: string, quotas: QuotaChange): Promise<Organisation | undefined> {
    const sql = this.#sql;
    const quota = (column: string, value: number | null | undefined) =>
      value === undefined ? sql`${sql(column)}` : sql`${value}::integer`;
    const [row] = await sql<Organisation[]>`
      UPDATE organisations SET
        max_members = ${quota("max_members", quotas.maxMembers)},
        max_open_meetings = ${quota("max_open_meetings", quotas.maxOpenMeetings)},
        max_participants = ${quota("max_participants", quotas.maxParticipants)},
        version = version + 1, updated_at = now()
      WHERE slug = ${slug} RETURNING ${this.#columns()}`;
    return row;
  }

  async list(afterSlug: string, limit: number): Promise<OperatedOrganisation[]> {
    return await this.#sql<OperatedOrganisation[]>`
      SELECT ${this.#columns()}, max_members AS "maxMembers",
        max_open_meetings AS "maxOpenMeetings", max_participants AS "maxParticipants",
        quota_usage(organisation_id, 'members', ${MAX_QUOTA})::int AS members,
        quota_usage(organisation_id, 'open_meetings', ${MAX_QUOTA})::int AS "openMeetings"
      FROM organisations WHERE slug > ${afterSlug} ORDER BY slug LIMIT ${limit}`;
  }

  #columns() {
    return this.#sql`
      organisation_id AS "organisationId", slug, name, version, created_at AS "createdAt"`;
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === UNIQUE_VIOLATION;
}

function slugTaken() {
  return conflict("another organisation has this slug");
}

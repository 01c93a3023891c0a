import type postgres from "postgres";
import { storeEvent } from "../../webhook/postgres_event_publisher.ts";
import type {
  FirstAdministratorAccount,
  FirstAdministratorStore,
  NewOwner,
} from "./first_administrator_store.ts";

/** The first person in PostgreSQL (db/migrations/). */
export class PostgresFirstAdministratorStore implements FirstAdministratorStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async vacantOrganisation(): Promise<string | undefined> {
    const [row] = await this.#sql<{ organisation_id: string }[]>`
      SELECT organisation_id FROM organisations WHERE NOT EXISTS (SELECT FROM users)
      ORDER BY created_at, organisation_id LIMIT 1`;
    return row?.organisation_id;
  }

  async create(account: FirstAdministratorAccount): Promise<NewOwner | undefined> {
    return await this.#sql.begin(async (transaction) => {
      // The others wait here, and the next statement shows them who came first.
      const [organisation] = await transaction<{ organisation_id: string }[]>`
        SELECT organisation_id FROM organisations ORDER BY created_at, organisation_id LIMIT 1
        FOR NO KEY UPDATE`;
      const [user] = await transaction<{ user_id: string }[]>`
        INSERT INTO users (email, display_name)
        SELECT ${account.email}, ${account.displayName} WHERE NOT EXISTS (SELECT FROM users)
        RETURNING user_id`;
      if (organisation === undefined || user === undefined) return undefined;
      const owner = { userId: user.user_id, organisationId: organisation.organisation_id };
      await addOwner(transaction, owner, account);
      return owner;
    });
  }
}

async function addOwner(
  transaction: postgres.TransactionSql,
  { userId, organisationId }: NewOwner,
  { passwordHash, organisationName }: FirstAdministratorAccount,
): Promise<void> {
  if (organisationName !== undefined) {
    await transaction`
      UPDATE organisations SET name = ${organisationName}, version = version + 1,
        updated_at = now()
      WHERE organisation_id = ${organisationId}`;
  }
  if (passwordHash !== undefined) {
    await transaction`INSERT INTO passwords (user_id, hash) VALUES (${userId}, ${passwordHash})`;
  }
  await transaction`INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${organisationId}, ${userId}, 'owner')`;
  await storeEvent(transaction, {
    organisationId,
    type: "member.joined",
    data: { organisation_id: organisationId, user_id: userId, role: "owner" },
  });
}

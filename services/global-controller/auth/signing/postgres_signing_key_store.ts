import type postgres from "postgres";
import type { SigningKey, SigningKeyAddition, SigningKeyStore } from "./signing_key_store.ts";
import { KEY_PURPOSES, type KeyPurpose } from "./token_keys.ts";

/** Held while a key is added, by purpose beside it: "keys" in ASCII. */
const ADVISORY_LOCK = 0x6b657973;

/** Signing keys in PostgreSQL (db/migrations/0003_signing_keys.sql). */
export class PostgresSigningKeyStore implements SigningKeyStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  listPublished(nowMs: number): Promise<SigningKey[]> {
    return list(this.#sql, nowMs);
  }

  async add(
    purpose: KeyPurpose,
    nowMs: number,
    decide: (published: readonly SigningKey[]) => Promise<SigningKeyAddition | undefined>,
  ): Promise<void> {
    await this.#sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK}, ${KEY_PURPOSES.indexOf(purpose)})`;
      const published = (await list(sql, nowMs)).filter((key) => key.purpose === purpose);
      const addition = await decide(published);
      if (addition === undefined) return;
      const { pair, times, predecessor } = addition;
      await sql`
        INSERT INTO signing_keys
          (kid, purpose, sealed_private_jwk, public_jwk, signs_from, signs_until, published_until)
        VALUES (${pair.kid}, ${purpose}, ${pair.sealedPrivateJwk}, ${
        sql.json({
          ...pair.publicJwk,
        })
      },
          ${new Date(times.signsFromMs)}, ${new Date(times.signsUntilMs)},
          ${new Date(times.publishedUntilMs)})`;
      if (predecessor !== undefined) {
        await sql`
          UPDATE signing_keys SET signs_until = ${new Date(predecessor.signsUntilMs)},
            published_until = ${new Date(predecessor.publishedUntilMs)}
          WHERE kid = ${predecessor.kid}`;
      }
      await sql`DELETE FROM signing_keys WHERE published_until < ${new Date(nowMs)}`;
    });
  }

  async withdraw(kids: readonly string[]): Promise<void> {
    await this.#sql`DELETE FROM signing_keys WHERE kid IN ${this.#sql([...kids])}`;
  }
}

async function list(sql: postgres.ISql, nowMs: number): Promise<SigningKey[]> {
  const rows = await sql<{
    kid: string;
    purpose: KeyPurpose;
    sealed_private_jwk: Uint8Array;
    public_jwk: SigningKey["publicJwk"];
    signs_from: Date;
    signs_until: Date;
    published_until: Date;
  }[]>`
    SELECT kid, purpose, sealed_private_jwk, public_jwk, signs_from, signs_until, published_until
    FROM signing_keys WHERE published_until > ${new Date(nowMs)}
    ORDER BY signs_from DESC, kid`;
  return rows.map((row) => ({
    kid: row.kid,
    purpose: row.purpose,
    sealedPrivateJwk: new Uint8Array(row.sealed_private_jwk),
    publicJwk: row.public_jwk,
    signsFromMs: row.signs_from.getTime(),
    signsUntilMs: row.signs_until.getTime(),
    publishedUntilMs: row.published_until.getTime(),
  }));
}

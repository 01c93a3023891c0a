import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Database } from "../../../db/connection.ts";
import { type TestDatabase, testDatabases } from "../../../db/test_postgres.ts";
import { OPERATOR_CHAIN } from "./audit_log.ts";
import { verifyChain } from "./chain_verifier.ts";
import { PostgresAuditLog } from "./postgres_audit_log.ts";
import { PostgresAuditReader } from "./postgres_audit_reader.ts";

const databases = testDatabases();
const ROWS = 6;
const VERIFIER = fileURLToPath(new URL("../verify_audit.ts", import.meta.url));
const CONFIGURATION = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** Writes a chain of `ROWS` rows. */
async function writeLog(sql: Database): Promise<void> {
  const log = new PostgresAuditLog(sql);
  for (let n = 1; n <= ROWS; n++) {
    await log.record({
      organisationId: null,
      actor: "user:ada",
      action: "meeting.created",
      target: `meeting:${n}`,
      details: { n },
      requestId: `request-${n}`,
      address: "192.0.2.1",
    });
  }
}

/** Does what a database administrator can do, whom no trigger stops. */
async function tamper(sql: Database, statement: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe("SET LOCAL session_replication_role = replica");
    const { count } = await transaction.unsafe(statement);
    assert.ok(count > 0, `${statement} found no row`);
  });
}

async function faultAfter(statement: string): Promise<string> {
  await using database = await databases.create();
  await writeLog(database.sql);
  await tamper(database.sql, statement);
  const reader = new PostgresAuditReader(database.sql);
  const verdict = await reader.readChain(OPERATOR_CHAIN, verifyChain);
  return verdict.valid ? "valid" : `${verdict.firstInvalid.sequence} ${verdict.firstInvalid.fault}`;
}

const EDITS = [
  "occurred_at = occurred_at + interval '1 microsecond'",
  "actor = 'user:eve'",
  "action = 'meeting.ended'",
  "target = 'meeting:9'",
  `details = '{"n":9}'`,
  `details = ' {}'`,
  "request_id = NULL",
  "address = '192.0.2.2'",
  "previous_hash = sha256('')",
  "row_hash = sha256('')",
];

for (const edit of EDITS) {
  Deno.test(`input 32: the verifier names a row with ${edit}`, async () => {
    const named = await faultAfter(`UPDATE audit_log SET ${edit} WHERE sequence = 3`);
    assert.equal(named, "3 changed");
  });
}

Deno.test("input 32: the verifier names the first, the last and any row that was edited", async () => {
  for (const sequence of [1, ROWS]) {
    const named = await faultAfter(
      `UPDATE audit_log SET actor = 'user:eve' WHERE sequence = ${sequence}`,
    );
    assert.equal(named, `${sequence} changed`);
  }
});

Deno.test("input 32: the verifier names a row that was given away to another organisation", async () => {
  const named = await faultAfter(
    "UPDATE audit_log SET organisation_id = gen_random_uuid() WHERE sequence = 4",
  );
  assert.equal(named, "4 missing");
});

Deno.test("input 32: the verifier names a row that was deleted, the last ones included", async () => {
  for (const sequence of [1, 3, ROWS]) {
    const named = await faultAfter(`DELETE FROM audit_log WHERE sequence = ${sequence}`);
    assert.equal(named, `${sequence} missing`);
  }
  assert.equal(await faultAfter("DELETE FROM audit_log WHERE sequence > 4"), "5 missing");
  assert.equal(await faultAfter("DELETE FROM audit_log"), "1 missing");
});

Deno.test("input 32: the verifier names a row that was inserted", async () => {
  const copy = (sequence: string, hash: string) =>
    `INSERT INTO audit_log
     SELECT organisation_id, ${sequence}, occurred_at + interval '1 second', 'user:eve', action,
       target, details, request_id, address, ${hash}, row_hash
     FROM audit_log WHERE sequence = ${ROWS}`;
  assert.equal(await faultAfter(copy("2", "previous_hash")), "2 inserted");
  assert.equal(await faultAfter(copy(`${ROWS + 1}`, "row_hash")), `${ROWS + 1} inserted`);
});

Deno.test("input 32: the verifier names rows that changed places", async () => {
  const swap = `UPDATE audit_log SET sequence = 7 - sequence WHERE sequence IN (3, 4)`;
  assert.equal(await faultAfter(swap), "3 changed");
});

Deno.test("input 32: the verifier names what a forged end of the chain hides", async () => {
  const forget = "DELETE FROM audit_chains";
  assert.equal(await faultAfter(forget), "1 inserted");
  const shorten = `
    WITH gone AS (DELETE FROM audit_log WHERE sequence <= 2)
    UPDATE audit_chains SET anchor_sequence = 2,
      anchor_hash = (SELECT row_hash FROM audit_log WHERE sequence = 2)`;
  assert.equal(await faultAfter(shorten), "2 missing");
});

async function runVerifier(args: string[], database?: TestDatabase) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--config", CONFIGURATION, VERIFIER, ...args],
    env: { DATABASE_URL: database?.url ?? "" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, output: decode(stdout), errors: decode(stderr) };
}

Deno.test("the command tells that a log is unbroken, then names the row and ends with 1", async () => {
  await using database = await databases.create();
  await writeLog(database.sql);
  assert.deepEqual(await runVerifier([], database), {
    code: 0,
    output: `operator: ${ROWS} rows, unbroken`,
    errors: "",
  });
  await tamper(database.sql, "UPDATE audit_log SET actor = 'user:eve' WHERE sequence = 5");
  assert.deepEqual(await runVerifier(["--organisation", "operator"], database), {
    code: 1,
    output: "operator: row 5 is changed",
    errors: "",
  });
});

Deno.test("the command says what it cannot do in one line and ends with 2", async () => {
  await using database = await databases.create();
  assert.deepEqual(await runVerifier(["--organisation", "nobody"], database), {
    code: 2,
    output: "",
    errors: 'there is no organisation "nobody"',
  });
  const unknownFlag = await runVerifier(["--nonsense"], database);
  assert.equal(unknownFlag.code, 2);
  assert.match(unknownFlag.errors, /--organisation SLUG/);
});

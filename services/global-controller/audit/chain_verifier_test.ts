import assert from "node:assert/strict";
import { MONTH_DROPPED } from "./audit_chain.ts";
import { type AuditRow, auditRowHash, GENESIS_HASH } from "./audit_row.ts";
import { canonicalJson } from "./canonical_json.ts";
import { verifyChain, verifyExtract } from "./chain_verifier.ts";

const ORGANISATION = "6f1b1a52-0f6e-4b1e-9a53-0d6f6f0c0001";

/** A row of which the texts are given, that follows `previousHash`. */
function row(sequence: number, previousHash: string, given: Partial<AuditRow> = {}): AuditRow {
  const unhashed: AuditRow = {
    organisationId: ORGANISATION,
    sequence,
    occurredAt: `2026-11-21T18:00:00.${String(sequence).padStart(6, "0")}Z`,
    actor: "user:ada",
    action: "meeting.created",
    target: `meeting:${sequence}`,
    details: "{}",
    requestId: null,
    address: null,
    previousHash,
    rowHash: "",
    ...given,
  };
  return { ...unhashed, rowHash: auditRowHash(unhashed)! };
}

function chainOf(length: number): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let n = 1; n <= length; n++) rows.push(row(n, rows.at(-1)?.rowHash ?? GENESIS_HASH));
  return rows;
}

function endsOf(rows: readonly AuditRow[], anchor?: AuditRow) {
  return {
    organisationId: ORGANISATION,
    lastSequence: rows.at(-1)!.sequence,
    lastHash: rows.at(-1)!.rowHash,
    anchorSequence: anchor?.sequence ?? 0,
    anchorHash: anchor?.rowHash ?? GENESIS_HASH,
  };
}

async function* streamed(rows: readonly AuditRow[]) {
  yield* rows;
}

/** `rows` after `change`, verified against the ends of the chain as it was. */
async function fault(change: (rows: AuditRow[]) => void) {
  const rows = chainOf(6);
  const ends = endsOf(rows);
  change(rows);
  const verdict = await verifyChain(ends, streamed(rows));
  return verdict.valid ? "valid" : `${verdict.firstInvalid.sequence} ${verdict.firstInvalid.fault}`;
}

Deno.test("a chain that nobody touched is valid", async () => {
  assert.equal(await fault(() => {}), "valid");
});

Deno.test("a row that says something else than was hashed is named", async () => {
  assert.equal(await fault((rows) => rows[3] = { ...rows[3]!, actor: "user:eve" }), "4 changed");
  assert.equal(await fault((rows) => rows[5] = { ...rows[5]!, details: "{ }" }), "6 changed");
});

Deno.test("a row whose hash was made anew is named by what the row after it follows", async () => {
  for (const index of [0, 1, 3, 4, 5]) {
    const named = await fault((rows) => {
      rows[index] = row(index + 1, rows[index]!.previousHash, { actor: "user:eve" });
    });
    assert.equal(named, `${index + 1} changed`);
  }
});

Deno.test("a row that was made to follow another one is named itself", async () => {
  assert.equal(await fault((rows) => rows[3] = row(4, "ab".repeat(32))), "4 changed");
});

Deno.test("a row that is gone is named, wherever it was", async () => {
  for (const index of [0, 2, 5]) {
    assert.equal(await fault((rows) => rows.splice(index, 1)), `${index + 1} missing`);
  }
  assert.equal(await fault((rows) => rows.splice(0)), "1 missing");
});

Deno.test("a row that was put in is named", async () => {
  const twin = await fault((rows) => rows.splice(3, 0, row(3, rows[1]!.rowHash, { actor: "x" })));
  assert.equal(twin, "3 inserted");
  const behindTheEnd = await fault((rows) => rows.push(row(7, rows[5]!.rowHash)));
  assert.equal(behindTheEnd, "7 inserted");
});

Deno.test("rows that changed places are named from the first one on", async () => {
  const named = await fault((rows) => {
    const [second, fourth] = [rows[1]!, rows[3]!];
    rows[1] = { ...fourth, sequence: 2 };
    rows[3] = { ...second, sequence: 4 };
  });
  assert.equal(named, "2 changed");
});

Deno.test("what is left of a chain follows its anchor if a row tells of it", async () => {
  const rows = chainOf(4);
  const anchor = rows[1]!;
  const told = row(5, rows[3]!.rowHash, {
    action: MONTH_DROPPED,
    details: canonicalJson({ anchor_sequence: 2, anchor_hash: anchor.rowHash }),
  });
  const left = [...rows.slice(2), told];
  assert.deepEqual(await verifyChain(endsOf(left, anchor), streamed(left)), {
    valid: true,
    rows: 3,
  });
});

Deno.test("an anchor that no row tells of hides rows that are missing", async () => {
  const rows = chainOf(4);
  const verdict = await verifyChain(endsOf(rows, rows[1]), streamed(rows.slice(2)));
  assert.deepEqual(verdict, {
    valid: false,
    rows: 2,
    firstInvalid: { sequence: 2, fault: "missing" },
  });
});

Deno.test("an extract is valid by itself, and its rows have to follow one another", async () => {
  const rows = chainOf(6);
  assert.deepEqual(await verifyExtract(streamed(rows.slice(2, 5))), { valid: true, rows: 3 });
  assert.deepEqual(await verifyExtract(streamed([])), { valid: true, rows: 0 });
  const gap = await verifyExtract(streamed([rows[2]!, rows[4]!]));
  assert.deepEqual(gap, {
    valid: false,
    rows: 2,
    firstInvalid: { sequence: 4, fault: "missing" },
  });
});

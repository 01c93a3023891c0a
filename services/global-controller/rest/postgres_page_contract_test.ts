import assert from "node:assert/strict";
import type { Database } from "../../../db/connection.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import { type PageKey, pageOf, parsePage } from "./cursor.ts";
import { isAfter, pageTime } from "./postgres_page.ts";

const databases = testDatabases();

/** Rows at `times` (microseconds after a moment), each with a random id. */
async function addRows(sql: Database, times: readonly number[]): Promise<void> {
  await sql`DROP TABLE IF EXISTS pages_test`;
  await sql`CREATE UNLOGGED TABLE pages_test (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL)`;
  await sql`INSERT INTO pages_test (created_at)
    SELECT timestamptz '2026-11-21T18:19:31.123Z' + us * interval '1 microsecond'
    FROM unnest(${[...times]}::int[]) us`;
}

/** All ids, page by page. */
async function readPages(sql: Database, limit: number, order: "DESC" | "ASC"): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { after } = parsePage({ cursor });
    const direction = order === "DESC" ? sql`DESC` : sql`ASC`;
    const rows = await sql<PageKey[]>`
      SELECT id, ${pageTime(sql, "p.created_at")} AS time FROM pages_test p
      WHERE ${isAfter(sql, "p.created_at", "p.id", after, order)}
      ORDER BY created_at ${direction}, id ${direction} LIMIT ${limit + 1}`;
    const { items, nextCursor } = pageOf(rows, limit, (row) => row);
    ids.push(...items.map(({ id }) => id));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

for (const order of ["DESC", "ASC"] as const) {
  Deno.test(`rows of one millisecond, and of one microsecond, come once each (${order})`, async () => {
    await using database = await databases.create();
    const { sql } = database;
    await addRows(sql, [0, 1, 1, 1, 2, 3, 400, 400, 998, 999, 999, 1_000]);
    const all = await (order === "DESC"
      ? sql<{ id: string }[]>`SELECT id FROM pages_test ORDER BY created_at DESC, id DESC`
      : sql<{ id: string }[]>`SELECT id FROM pages_test ORDER BY created_at, id`);
    for (const limit of [1, 2, 3, 5, 100]) {
      assert.deepEqual(
        await readPages(sql, limit, order),
        all.map(({ id }) =>
          id
        ),
      );
    }
    await sql`DROP TABLE pages_test`;
  });
}

Deno.test("the time of a page key does not depend on the session's time zone", async () => {
  await using database = await databases.create();
  const { sql } = database;
  await addRows(sql, [456]);
  const [row] = await sql.begin(async (transaction) => {
    await transaction`SET LOCAL TimeZone = 'Asia/Kathmandu'`;
    return await transaction<{ time: string }[]>`
      SELECT ${pageTime(sql, "created_at")} AS time FROM pages_test`;
  });
  assert.equal(row!.time, "2026-11-21T18:19:31.123456Z");
  await sql`DROP TABLE pages_test`;
});

import type { Database } from "../../../../db/connection.ts";

/** One row of any table, as PostgreSQL writes it in JSON. */
export interface DatabaseRow {
  readonly table: string;
  /** JSON with the columns in their order: two equal rows have the same text. */
  readonly text: string;
}

/** Every row of every table. */
export async function readRows(sql: Database): Promise<DatabaseRow[]> {
  const tables = await readTables(sql);
  const selects = tables.map((table) =>
    `SELECT '${table}' AS "table", to_jsonb(t)::text AS text FROM "${table}" AS t`
  );
  return (await sql.unsafe<DatabaseRow[]>(selects.join(" UNION ALL "))).map((row) => ({ ...row }));
}

/** All tables; those of months stand behind the table that they are a part of. */
export async function readTables(sql: Database): Promise<string[]> {
  const rows = await sql<{ relname: string }[]>`
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
    ORDER BY relname`;
  return rows.map(({ relname }) => relname);
}

/** Columns that may hold any text, as `table.column`. */
export async function readTextColumns(sql: Database): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT table_name || '.' || column_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('text', 'json', 'jsonb')`;
  return rows.map(({ name }) => name);
}

/** The rows of `after` that `before` has not. */
export function rowsBeyond(
  after: readonly DatabaseRow[],
  before: readonly DatabaseRow[],
): DatabaseRow[] {
  const known = new Set(before.map(keyOf));
  return after.filter((row) => !known.has(keyOf(row)));
}

/**
 * What in the rows names or tells something: each UUID, each text that holds `mark`, and each
 * hash, in lower case.
 */
export function tellingTexts(rows: readonly DatabaseRow[], mark: string): Set<string> {
  const texts = new Set<string>();
  for (const { text } of rows) {
    for (const [uuid] of text.matchAll(UUID)) texts.add(uuid);
    for (const [, hash] of text.matchAll(BYTES)) texts.add(hash!);
    JSON.parse(text, (_, value) => {
      if (typeof value === "string" && value.includes(mark)) texts.add(value.toLowerCase());
      return value;
    });
  }
  return texts;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** How JSON has a bytea; shorter ones are no secrets, nor is the start of a chain, all zeros. */
const BYTES = /\\x(?!0{32})([0-9a-f]{32,})/g;

function keyOf({ table, text }: DatabaseRow): string {
  return `${table} ${text}`;
}

import type { DescribedSchema } from "../docs/described_schema.ts";
import assert from "node:assert/strict";
import { seededRandom } from "../../../proto/congestion/testing/random.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { ApiDocument } from "../rest/api_document.ts";
import { startTestApi } from "../testing/test_api.ts";
import { type DescribedOperation, operationsOf, RequestMaker } from "./fuzzed_request.ts";
import { SchemaValues } from "./schema_values.ts";
import { SeenValues } from "./seen_values.ts";

const databases = testDatabases();
const HOSTILE =
  `'; DROP TABLE meetings; --<script>alert("1")</script>\u{1f469}\u200d\u{1f467}\u202e`;
/** Other required fields are made up, and may be taken or refused. */
const ATTEMPTS = 8;
/** Fewer would mean that the test is refused at the door. */
const MIN_KEPT = 10;
const seed = Number(Deno.env.get("DT_FUZZ_SEED") ?? 1);

/** The names of all fields of an operation's body that take any text of that length. */
function textFields(
  { body }: DescribedOperation,
  schemas: Readonly<Record<string, DescribedSchema>>,
): string[] {
  const own = body?.$ref === undefined ? body : schemas[body.$ref.split("/").at(-1)!];
  return Object.entries(own?.properties ?? {}).flatMap(([name, field]) => {
    const { type, format, pattern, enum: choices, maxLength = Infinity } = field;
    const isText = [type].flat().includes("string") && !format && !pattern && !choices;
    return isText && maxLength >= [...HOSTILE].length ? [name] : [];
  });
}

/** What a body needs beside the field in question. */
function requiredFields(
  { body }: DescribedOperation,
  schemas: Readonly<Record<string, DescribedSchema>>,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const own = body?.$ref === undefined ? body : schemas[body.$ref.split("/").at(-1)!];
  const names = own?.required ?? [];
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

Deno.test("SQL and HTML in every text field are given back as the text they are, or refused", async () => {
  await using api = await startTestApi(databases);
  const { owner } = await api.tenant("acme");
  const document: ApiDocument = await (await api.request("GET", "/api/v1/openapi.json")).json();
  const schemas = (document.components?.schemas ?? {}) as Record<string, DescribedSchema>;
  const seen = new SeenValues();
  const random = seededRandom(seed);
  const maker = new RequestMaker(random, new SchemaValues(random, schemas, seen), seen);
  const operations = operationsOf(document)
    .filter(({ method }) => method === "POST" || method === "PATCH" || method === "PUT")
    // Signing out or giving the organisation away would end the test.
    .filter(({ path }) => !path.includes("/auth/") && !path.includes("/setup"))
    .sort((a, b) => a.path.length - b.path.length);
  const kept = new Set<string>();
  for (const operation of operations) {
    await api.registry.registerController(api.controller);
    const request = () => maker.make(operation, [owner], 0);
    let { path } = request();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const made = request();
      ({ path } = made);
      const body = requiredFields(operation, schemas, JSON.parse(made.body ?? "{}"));
      const first = await api.request(operation.method, path, { body, as: owner });
      const text = await first.text();
      if (first.ok && text !== "") seen.take(JSON.parse(text));
      if (first.ok) break;
    }
    for (const field of textFields(operation, schemas)) {
      const name = `${operation.method} ${operation.path} ${field}`;
      for (let attempt = 0; attempt < ATTEMPTS && !kept.has(name); attempt++) {
        const others = requiredFields(operation, schemas, JSON.parse(request().body ?? "{}"));
        const hostile = { ...others, [field]: HOSTILE };
        const answer = await api.request(operation.method, path, { body: hostile, as: owner });
        const answered = await answer.text();
        assert.ok(answer.status < 500, `${name}: ${answered}`);
        const value = answer.ok && answered !== "" ? JSON.parse(answered) : {};
        if (!(field in value)) continue;
        assert.equal(value[field], HOSTILE, name);
        kept.add(name);
      }
    }
  }
  const [row] = await api.sql<{ exists: boolean }[]>`
    SELECT to_regclass('meetings') IS NOT NULL AS exists`;
  assert.ok(row!.exists);
  assert.ok(kept.size >= MIN_KEPT, `only ${[...kept].join(", ")}`);
});

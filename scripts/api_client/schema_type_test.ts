import assert from "node:assert/strict";
import { comment, typeOfSchema } from "./schema_type.ts";

Deno.test("a schema becomes the type of what it describes", () => {
  const cases = [
    [{ type: "string", minLength: 1 }, "string"],
    [{ type: ["integer", "null"] }, "number | null"],
    [{ enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: 1 }, "1"],
    [{}, "unknown"],
    [{ $ref: "#/components/schemas/Meeting" }, 'Schemas["Meeting"]'],
    [{ type: "array", items: { type: ["string", "null"] } }, "readonly (string | null)[]"],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
    [
      { allOf: [{ $ref: "#/components/schemas/A" }, { type: "object", properties: { b: {} } }] },
      '(Schemas["A"]) & ({ readonly "b"?: unknown; })',
    ],
    [
      { type: "object", properties: { a: { type: "boolean" }, b: {} }, required: ["a"] },
      '{ readonly "a": boolean; readonly "b"?: unknown; }',
    ],
    [{ type: "object" }, "{ readonly [name: string]: unknown }"],
    [
      { type: "object", additionalProperties: { type: "number" } },
      "{ readonly [name: string]: number }",
    ],
  ] as const;
  for (const [schema, type] of cases) assert.equal(typeOfSchema(schema), type);
});

Deno.test("a reference elsewhere and a type that JSON has not are refused", () => {
  assert.throws(() => typeOfSchema({ $ref: "other.json#/Meeting" }), TypeError);
  assert.throws(() => typeOfSchema({ type: "file" }), TypeError);
});

Deno.test("a description cannot end the comment that it stands in", () => {
  assert.equal(comment("a */ b"), "/** a * / b */ ");
});

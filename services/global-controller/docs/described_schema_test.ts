import assert from "node:assert/strict";
import { exampleOf, fieldsOf, typeText } from "./described_schema.ts";

const schemas = {
  Named: {
    type: "object",
    properties: { name: { type: "string", maxLength: 9, description: "Of it" } },
    required: ["name"],
  },
  List: {
    allOf: [
      { $ref: "#/components/schemas/Named" },
      {
        type: "object",
        properties: { items: { type: "array", items: { $ref: "#/components/schemas/Named" } } },
      },
    ],
  },
  Endless: { type: "object", properties: { next: { $ref: "#/components/schemas/Endless" } } },
};
const list = { $ref: "#/components/schemas/List" };

Deno.test("a body's fields are told with their paths, types and bounds", () => {
  assert.deepEqual(
    fieldsOf(list, schemas).map(({ path, type, isRequired }) => [path, type, isRequired]),
    [
      ["name", "string, 0 to 9 characters", true],
      ["items", "array of object", false],
      ["items[].name", "string, 0 to 9 characters", true],
    ],
  );
});

Deno.test("an example has a value for each field", () => {
  assert.deepEqual(exampleOf(list, schemas), { name: "text", items: [{ name: "text" }] });
  assert.equal(exampleOf({ enum: ["a", "b"] }, schemas), "a");
  assert.equal(exampleOf({ type: ["integer", "null"], minimum: 3 }, schemas), 3);
});

Deno.test("a schema within itself comes to an end", () => {
  const endless = { $ref: "#/components/schemas/Endless" };
  assert.ok(fieldsOf(endless, schemas).length < 10);
  assert.ok(JSON.stringify(exampleOf(endless, schemas)).length < 200);
});

Deno.test("a choice, a constant and anything are told in a few words", () => {
  assert.equal(typeText({ anyOf: [{ const: "a" }, { type: "null" }] }, schemas), '"a" | null');
  assert.equal(typeText({}, schemas), "anything");
  assert.equal(typeText({ type: "integer", minimum: 1, maximum: 9 }, schemas), "integer, 1 to 9");
});

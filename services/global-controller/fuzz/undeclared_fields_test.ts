import assert from "node:assert/strict";
import { undeclaredFields } from "./undeclared_fields.ts";

const text = { type: "string" };
const components = {
  Named: { type: "object", properties: { name: text } },
  Person: {
    allOf: [{ $ref: "#/components/schemas/Named" }, { type: "object", properties: { age: {} } }],
  },
};
const person = { $ref: "#/components/schemas/Person" };

Deno.test("fields that a schema names, itself or by its parts, are declared", () => {
  assert.deepEqual(undeclaredFields(person, { name: "a", age: 1 }, components), []);
  const nullable = { anyOf: [person, { type: "null" }] };
  assert.deepEqual(undeclaredFields(nullable, null, components), []);
  assert.deepEqual(undeclaredFields(nullable, { name: "a" }, components), []);
});

Deno.test("any other field is told with its path, at any depth", () => {
  const list = { type: "object", properties: { people: { type: "array", items: person } } };
  const value = { people: [{ name: "a", password: "b" }], total: 1 };
  assert.deepEqual(undeclaredFields(list, value, components), [".people[].password", ".total"]);
});

Deno.test("an object without named fields may have any", () => {
  const map = { type: "object", additionalProperties: {} };
  assert.deepEqual(undeclaredFields(map, { anything: { at: "all" } }, components), []);
  assert.deepEqual(undeclaredFields({}, { anything: 1 }, components), []);
});

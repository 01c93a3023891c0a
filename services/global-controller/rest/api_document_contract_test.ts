import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { testDatabases } from "../../../db/test_postgres.ts";
import { startTestApi } from "../testing/test_api.ts";
import type { ApiDocument } from "./api_document.ts";

const databases = testDatabases();

async function readDocument(): Promise<ApiDocument> {
  await using api = await startTestApi(databases);
  return await (await api.request("GET", "/api/v1/openapi.json")).json();
}

function operationsOf({ paths }: ApiDocument) {
  return Object.entries(paths ?? {}).flatMap(([path, item]) =>
    (["get", "put", "post", "patch", "delete"] as const).flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ name: `${method} ${path}`, method, operation }];
    })
  );
}

Deno.test("the description is valid OpenAPI 3.1 without references into nothing", async () => {
  const document = await readDocument();
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(document.openapi, "3.1.0");
  for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let part: unknown = document;
    for (const key of reference!.split("/")) part = (part as Record<string, unknown>)?.[key];
    assert.notEqual(part, undefined, reference);
  }
});

Deno.test("every operation has a name of its own, a tag, a summary, and says what can go wrong", async () => {
  const document = await readDocument();
  const operations = operationsOf(document);
  const names = operations.map(({ operation }) => operation.operationId!);
  assert.deepEqual(names.filter((name) => !/^[a-z][A-Za-z0-9]+$/.test(name)), []);
  assert.equal(new Set(names).size, names.length, `twice: ${names.sort().join(" ")}`);
  for (const { name, method, operation } of operations) {
    assert.ok(operation.summary, name);
    assert.equal(operation.tags?.length, 1, name);
    const statuses = Object.keys(operation.responses ?? {});
    assert.ok(statuses.some((status) => /^[23]/.test(status)), name);
    if (name.endsWith("/health")) continue;
    for (const status of ["400", "401", "429", "500", "503"]) {
      assert.ok(statuses.includes(status), `${name} ${status}`);
    }
    const parameters = JSON.stringify(operation.parameters ?? []);
    assert.equal(parameters.includes("IdempotencyKey"), method === "post", name);
  }
});

Deno.test("every parameter of a path is described", async () => {
  for (const { name, operation } of operationsOf(await readDocument())) {
    const described = (operation.parameters ?? []).flatMap((parameter) =>
      "in" in parameter && parameter.in === "path" ? [parameter.name] : []
    );
    const used = [...name.matchAll(/\{([^}]+)\}/g)].map(([, parameter]) => parameter!);
    assert.deepEqual(described.sort(), used.sort(), name);
  }
});

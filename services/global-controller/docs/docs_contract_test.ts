import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { startTestApi } from "../testing/test_api.ts";

const databases = testDatabases();
const DOCS = "/api/v1/docs";

Deno.test("the page shows every operation of the description", async () => {
  await using api = await startTestApi(databases);
  const { paths } = await (await api.request("GET", "/api/v1/openapi.json")).json();
  const response = await api.request("GET", DOCS);
  assert.match(response.headers.get("content-type")!, /^text\/html/);
  const page = await response.text();
  for (const item of Object.values<Record<string, { operationId?: string }>>(paths)) {
    for (const { operationId } of Object.values(item)) {
      if (operationId === undefined) continue;
      assert.ok(page.includes(`<details id="${operationId}"`), operationId);
      assert.ok(page.includes(`<a href="#${operationId}">`), operationId);
    }
  }
});

Deno.test("the page may load nothing and run only what it came with", async () => {
  await using api = await startTestApi(databases);
  const [one, other] = [await api.request("GET", DOCS), await api.request("GET", DOCS)];
  const policy = one.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; /);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)![1]!;
  const page = await one.text();
  const tags = page.match(/<(script|style|link|img|iframe|base)\b[^>]*>/g)!;
  assert.deepEqual(tags, [`<style nonce="${nonce}">`, `<script nonce="${nonce}">`]);
  assert.doesNotMatch(page, / style="| on\w+="/);
  assert.ok(!(await other.text()).includes(nonce), "each page has a nonce of its own");
  assert.equal(one.headers.get("cross-origin-embedder-policy"), "require-corp");
});

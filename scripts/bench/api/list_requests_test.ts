import assert from "node:assert/strict";
import { everyListRequest } from "./list_requests.ts";

const query = (name: string, values?: readonly string[]) => ({
  in: "query",
  name,
  schema: values ? { enum: values } : {},
});
const list = (...filters: unknown[]) => ({
  get: { parameters: [query("limit"), query("cursor"), ...filters] },
});

Deno.test("a list is asked for with every combination of its filters", () => {
  const description = { paths: { "/a": list(query("from"), query("status", ["open", "ended"])) } };
  const requests = everyListRequest(description, () => "x");
  assert.deepEqual(requests.map(({ query }) => query), [
    {},
    { status: "open" },
    { status: "ended" },
    { from: "x" },
    { from: "x", status: "open" },
    { from: "x", status: "ended" },
  ]);
});

Deno.test("what has no cursor is no list", () => {
  const description = { paths: { "/a": { get: { parameters: [query("from")] } }, "/b": {} } };
  assert.deepEqual(everyListRequest(description, () => "x"), []);
});

Deno.test("a path gets its values, and a parameter without one is told of", () => {
  const description = { paths: { "/a/{name}/b": list() } };
  const [request] = everyListRequest(description, (of, name) => `${of.length}-${name}`);
  assert.deepEqual(request, { list: "/a/{name}/b", path: "/a/11-name/b", query: {} });
  assert.throws(() => everyListRequest(description, () => undefined), /\/a\/\{name\}\/b.*name/);
});

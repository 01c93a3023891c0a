import assert from "node:assert/strict";
import { Hono } from "hono";
import type { ApiEnvironment } from "./api_environment.ts";
import { ApiError } from "./api_error.ts";
import { readIfMatch, writeEtag } from "./etag.ts";

/** What `readIfMatch` makes of a field: the version, "any", or the status of its refusal. */
async function read(field: string | undefined): Promise<string> {
  const app = new Hono<ApiEnvironment>();
  app.get("/", (context) => context.text(String(readIfMatch(context) ?? "any")));
  app.onError((error, context) => context.text(String(error instanceof ApiError && error.status)));
  const headers: Record<string, string> = field === undefined ? {} : { "If-Match": field };
  return await (await app.request("/", { headers })).text();
}

Deno.test("what an ETag says comes back as the version", async () => {
  const app = new Hono<ApiEnvironment>();
  app.get("/", (context) => {
    writeEtag(context, 17);
    return context.body(null, 204);
  });
  const etag = (await app.request("/")).headers.get("etag");
  assert.equal(etag, '"17"');
  assert.equal(await read(etag!), "17");
});

Deno.test("without If-Match, or with a star, any version will do", async () => {
  assert.equal(await read(undefined), "any");
  assert.equal(await read("*"), "any");
});

Deno.test("an entity tag that no resource here has matches nothing", async () => {
  for (const field of ['W/"1"', '"abc"', '"0"', '"-1"', '""', '"01"', '"4294967296"', '"1.5"']) {
    assert.equal(await read(field), "412", field);
  }
});

Deno.test("what is no entity tag is a malformed request", async () => {
  for (const field of ["1", '"1', '1"', '"1", "2"', '"a"b"', "W/1", "'1'", ""]) {
    assert.equal(await read(field), "400", field);
  }
});

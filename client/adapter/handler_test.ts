import assert from "node:assert/strict";
import type { Asset } from "./asset_manifest.ts";
import { createHandler, type PageServer } from "./handler.ts";

const script: Asset = {
  file: "_app/immutable/start.js",
  type: "text/javascript; charset=utf-8",
  immutable: true,
  etag: '"abc"',
  encodings: ["br"],
};

function handlerOver(respond: PageServer["respond"] = () => Promise.reject(new Error("no page"))) {
  const started: string[] = [];
  const handle = createHandler({
    server: {
      init: () => {
        started.push("init");
        return Promise.resolve();
      },
      respond,
    },
    assets: { "/_app/immutable/start.js": script },
    readAsset: (file) => Promise.resolve(new TextEncoder().encode(`content of ${file}`)),
  });
  return { handle, started };
}

const get = (path: string, headers: HeadersInit = {}) =>
  new Request(`http://localhost${path}`, { headers });

Deno.test("a hashed file is served for ever, isolated, and compressed if asked", async () => {
  const { handle, started } = handlerOver();
  const response = await handle(get("/_app/immutable/start.js", { "Accept-Encoding": "br" }));
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "content of _app/immutable/start.js.br");
  assert.equal(response.headers.get("Content-Encoding"), "br");
  assert.equal(response.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  assert.match(response.headers.get("Cache-Control") ?? "", /immutable/);
  assert.equal(response.headers.get("Cross-Origin-Embedder-Policy"), "require-corp");
  assert.deepEqual(started, []);
});

Deno.test("a file that the browser has already is not sent again", async () => {
  const { handle } = handlerOver();
  const response = await handle(get("/_app/immutable/start.js", { "If-None-Match": '"abc"' }));
  assert.equal(response.status, 304);
  assert.equal(response.body, null);
});

Deno.test("HEAD has no body and writing to a file is refused", async () => {
  const { handle } = handlerOver();
  const url = "http://localhost/_app/immutable/start.js";
  const head = await handle(new Request(url, { method: "HEAD" }));
  assert.equal(head.body, null);
  assert.equal(head.headers.get("Content-Length"), "34");
  const post = await handle(new Request(url, { method: "POST" }));
  assert.equal(post.status, 405);
});

Deno.test("everything else is rendered, with the API and the peer's address at hand", async () => {
  const { handle, started } = handlerOver(async (_request, { platform, getClientAddress }) => {
    const answer = await platform.api?.(get("/api/v1/health"));
    return new Response(`${await answer?.text()} for ${getClientAddress()}`);
  });
  const info = { api: () => Promise.resolve(new Response("ok")), remoteAddress: "192.0.2.7" };
  assert.equal(await (await handle(get("/m/abc-defg-hij"), info)).text(), "ok for 192.0.2.7");
  await handle(get("/"), info);
  assert.deepEqual(started, ["init"]);
});

Deno.test("names of Object's own are no files", async () => {
  const { handle } = handlerOver(() => Promise.resolve(new Response(null, { status: 404 })));
  assert.equal((await handle(get("/constructor"))).status, 404);
});

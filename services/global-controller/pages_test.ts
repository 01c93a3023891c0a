import assert from "node:assert/strict";
import { createLogger } from "../runtime/log.ts";
import { builtPages, forwardedPages, type PageRequestInfo } from "./pages.ts";

const log = createLogger("test");
const INFO: PageRequestInfo = {
  api: () => Promise.resolve(new Response("from the API")),
  remoteAddress: "192.0.2.1",
};

function assertIsolated(response: Response): void {
  assert.equal(response.headers.get("cross-origin-opener-policy"), "same-origin");
  assert.equal(response.headers.get("cross-origin-embedder-policy"), "require-corp");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(response.headers.get("referrer-policy"), "same-origin");
}

const moduleOf = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

Deno.test("built pages call our API in process and keep their own headers", async () => {
  const pages = builtPages(
    moduleOf(`export async function handle(request, info) {
      const answer = await info.api(new Request(new URL("/api/v1/health", request.url)));
      return new Response(await answer.text() + " for " + info.remoteAddress, {
        status: 203, headers: { "content-security-policy": "default-src 'self'" } });
    }`),
    log,
  );
  const response = await pages(new Request("http://localhost/m/abc-defg-hij"), INFO);
  assert.equal(response.status, 203);
  assert.equal(await response.text(), "from the API for 192.0.2.1");
  assert.equal(response.headers.get("content-security-policy"), "default-src 'self'");
  assertIsolated(response);
});

Deno.test("pages that are not built, or fail, say so without a stack", async () => {
  const request = () => new Request("http://localhost/");
  const missing = await builtPages("file:///nowhere/handler.js", log)(request(), INFO);
  assert.equal(missing.status, 503);
  assert.match(await missing.text(), /deno task build/);
  const broken = builtPages(
    moduleOf(`export function handle() { throw new Error("secret") }`),
    log,
  );
  const failed = await broken(request(), INFO);
  assert.equal(failed.status, 500);
  assert.doesNotMatch(await failed.text(), /secret/);
  assertIsolated(failed);
});

Deno.test("forwarded pages keep method, path, body and redirects", async () => {
  await using upstream = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/away") return Response.redirect("http://127.0.0.1:1/elsewhere", 302);
      const forwarded = request.headers.get("x-forwarded-for");
      return new Response(
        `${request.method} ${pathname}${search} ${await request.text()} ${forwarded}`,
      );
    },
  );
  const pages = forwardedPages(`http://127.0.0.1:${upstream.addr.port}`, log);
  const posted = await pages(
    new Request("http://localhost/a//b?c=d", { method: "POST", body: "body" }),
    INFO,
  );
  assert.equal(await posted.text(), "POST /a//b?c=d body 192.0.2.1");
  assertIsolated(posted);
  const redirected = await pages(new Request("http://localhost/away"), INFO);
  assert.equal(redirected.status, 302);
  await redirected.body?.cancel();
  // A path that starts with two slashes must not become another host.
  const slashes = await pages(new Request("http://localhost//example.com/x"), INFO);
  assert.equal(await slashes.text(), "GET //example.com/x  192.0.2.1");
});

Deno.test("a development server that is away is told in one line", async () => {
  const response = await forwardedPages("http://127.0.0.1:1", log)(
    new Request("http://localhost/"),
    INFO,
  );
  assert.equal(response.status, 502);
  assert.match(await response.text(), /does not answer/);
});

Deno.test("the reload socket is forwarded both ways with its protocol, and closes both ways", async () => {
  const upstreamClosed = Promise.withResolvers<void>();
  await using upstream = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "vite-hmr" });
      socket.onmessage = ({ data }) => socket.send(`echo ${data}`);
      socket.onclose = () => upstreamClosed.resolve();
      return response;
    },
  );
  const pages = forwardedPages(`http://127.0.0.1:${upstream.addr.port}`, log);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => pages(request, INFO),
  );
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/?token=x`, "vite-hmr");
  const answers = Promise.withResolvers<unknown>();
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => answers.resolve(data);
  assert.equal(await answers.promise, "echo hello");
  assert.equal(socket.protocol, "vite-hmr");
  const closed = Promise.withResolvers<void>();
  socket.onclose = () => closed.resolve();
  socket.close();
  await Promise.all([closed.promise, upstreamClosed.promise]);
});

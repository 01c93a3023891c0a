import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";

const databases = testDatabases();
const APP = "https://app.example";
const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";

Deno.test("HEAD answers what GET answers, without its body, wherever there is a GET", async () => {
  await using api = await startTestApi(databases);
  const { owner } = await api.tenant("acme");
  const { paths } = await (await api.request("GET", "/api/v1/openapi.json")).json();
  const gets = Object.keys(paths).filter((path) => "get" in paths[path]);
  assert.ok(gets.length > 5);
  for (const path of [...gets, "/api/v1/openapi.json", "/api/v1/docs"]) {
    const target = path.replaceAll(/\{[^}]+\}/g, UNKNOWN_ID);
    const get = await api.request("GET", target, { as: owner });
    const head = await api.request("HEAD", target, { as: owner });
    assert.equal(head.status, get.status, path);
    assert.equal(head.headers.get("content-type"), get.headers.get("content-type"), path);
    assert.equal(await head.text(), "", path);
    await get.body?.cancel();
  }
});

/** The status line that the API answers to bytes which fetch would not send. */
async function statusLine(api: TestApi, method: string): Promise<string> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => api.app.fetch(request, { clientAddress: "192.0.2.1" }),
  );
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const request = `${method} /api/v1/auth/token HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const answer = await new Response(connection.readable).text();
  await server.shutdown();
  return answer.split("\r\n", 1)[0]!;
}

Deno.test("methods that fetch forbids are answered as any other that does nothing", async () => {
  await using api = await startTestApi(databases);
  for (const method of ["TRACE", "TRACK", "get"]) {
    assert.equal(await statusLine(api, method), "HTTP/1.1 405 Method Not Allowed", method);
  }
});

Deno.test("a known path with another method says which methods there are", async () => {
  await using api = await startTestApi(databases);
  for (const method of ["PUT", "PATCH", "DELETE", "QUERY"]) {
    const answer = await api.request(method, "/api/v1/auth/token", { body: {} });
    assert.equal(answer.headers.get("allow"), "OPTIONS, POST");
    await assertError(answer, 405, "METHOD_NOT_ALLOWED");
  }
  const options = await api.request("OPTIONS", `/api/v1/meetings/${UNKNOWN_ID}/join`);
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "OPTIONS, POST");
  const list = await api.request("OPTIONS", "/api/v1/meetings");
  assert.equal(list.headers.get("allow"), "GET, HEAD, OPTIONS, POST");
  for (const method of ["OPTIONS", "PUT", "GET"]) {
    const answer = await api.request(method, "/api/v1/nothing");
    assert.equal(answer.headers.get("allow"), null);
    await assertError(answer, 404, "NOT_FOUND");
  }
});

Deno.test("pages of other origins are told nothing unless the operator lists their origin", async () => {
  const preflight = {
    headers: {
      origin: APP,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,idempotency-key",
    },
  };
  {
    await using api = await startTestApi(databases);
    const answers = [
      await api.request("OPTIONS", "/api/v1/meetings", preflight),
      await api.request("GET", "/api/v1/health", { headers: { origin: APP } }),
    ];
    for (const answer of answers) {
      assert.ok(![...answer.headers.keys()].some((name) => name.startsWith("access-control")));
      await answer.body?.cancel();
    }
  }
  await using api = await startTestApi(databases, { corsOrigins: [APP] });
  const allowed = await api.request("OPTIONS", "/api/v1/meetings", preflight);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), APP);
  assert.match(allowed.headers.get("access-control-allow-headers")!, /Authorization.*If-Match/);
  assert.equal(allowed.headers.get("access-control-allow-credentials"), null);
  const error = await api.request("GET", "/api/v1/nothing", { headers: { origin: APP } });
  assert.equal(error.headers.get("access-control-allow-origin"), APP);
  assert.match(error.headers.get("access-control-expose-headers")!, /ETag.*X-Request-Id/);
  assert.match(error.headers.get("vary")!, /Origin/);
  await assertError(error, 404, "NOT_FOUND");
  for (const origin of ["https://app.example.evil", "http://app.example", "null"]) {
    const other = await api.request("GET", "/api/v1/health", { headers: { origin } });
    assert.equal(other.headers.get("access-control-allow-origin"), null, origin);
    await other.body?.cancel();
  }
});

Deno.test("a caller cannot choose the id of its request", async () => {
  await using api = await startTestApi(databases);
  const headers = { "x-request-id": UNKNOWN_ID };
  const answer = await api.request("GET", "/api/v1/nothing", { headers });
  assert.notEqual(answer.headers.get("x-request-id"), UNKNOWN_ID);
  await assertError(answer, 404, "NOT_FOUND");
});

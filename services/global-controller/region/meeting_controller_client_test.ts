import assert from "node:assert/strict";
import { REACH_TIMEOUT_MS, RpcMeetingControllerClient } from "./meeting_controller_client.ts";

const client = new RpcMeetingControllerClient("0123456789abcdef0123456789abcdef");

Deno.test("a process that listens answers, and one that has ended refuses at once", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("not found", { status: 404 }),
  );
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  assert.equal(await client.reach(endpoint), "answers");
  await server.shutdown();
  assert.equal(await client.reach(endpoint), "refused");
});

Deno.test("nobody can say of a process that hangs whether it is gone", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const startedAtMs = performance.now();
  assert.equal(await client.reach(`http://127.0.0.1:${listener.addr.port}`), "unknown");
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < 4 * REACH_TIMEOUT_MS, `${tookMs} ms`);
});

import assert from "node:assert/strict";
import { HttpConnection, writeRequest } from "./http_connection.ts";

/** Serves `handler` on a free port while `act` runs over one connection. */
async function connected(
  handler: (request: Request) => Response | Promise<Response>,
  act: (connection: HttpConnection) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  try {
    using connection = await HttpConnection.open("127.0.0.1", server.addr.port);
    await act(connection);
  } finally {
    await server.shutdown();
  }
}

const GET = writeRequest({ method: "GET", path: "/", token: "t" });

Deno.test("one connection carries one exchange after the other", async () => {
  const bodies: string[] = [];
  const handler = async (request: Request) => {
    bodies.push(`${request.headers.get("authorization")} ${await request.text()}`);
    return Response.json({ text: "ä".repeat(100_000) }, { status: 201 });
  };
  await connected(handler, async (connection) => {
    const post = writeRequest({ method: "POST", path: "/a", token: "t", body: '{"name":"ä"}' });
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await connection.exchange(post), { status: 201 });
    }
  });
  assert.deepEqual(bodies, Array(3).fill('Bearer t {"name":"ä"}'));
});

Deno.test("an answer in chunks is read to its end, and so is one without a body", async () => {
  let round = 0;
  const handler = () => {
    if (round++ % 2 === 1) return new Response(null, { status: 204 });
    return new Response(ReadableStream.from([new Uint8Array(70_000), new Uint8Array(9)]));
  };
  await connected(handler, async (connection) => {
    const statuses = [];
    for (let count = 0; count < 4; count++) statuses.push((await connection.exchange(GET)).status);
    assert.deepEqual(statuses, [200, 204, 200, 204]);
  });
});

Deno.test("a connection that ends is an error, not an answer", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = listener.accept().then((peer) => peer.close());
  using connection = await HttpConnection.open("127.0.0.1", listener.addr.port);
  await closing;
  await assert.rejects(connection.exchange(GET));
});

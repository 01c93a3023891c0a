import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { MediaHandlerService } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { createRpcClient, MAX_IDLE_CONNECTIONS } from "./rpc_client.ts";
import { createRpcHandler, serveRpc } from "./rpc_server.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

async function withServer(act: (baseUrl: string, calls: string[]) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const calls: string[] = [];
  const handler = createRpcHandler({
    secret: SECRET,
    audience: "media-handler",
    routes: (router) =>
      router.service(MediaHandlerService, {
        registerParticipant: ({ participantId }) => {
          calls.push(participantId);
          if (participantId === "missing") throw new ConnectError("no meeting", Code.NotFound);
          return { connectionToken: "token", mediaHandlerUrl: "https://127.0.0.1:1" };
        },
        removeParticipant: () => ({}),
        routeMedia: () => ({}),
        async *streamTelemetry() {
          yield { telemetry: [{ streamId: "a" }] };
          yield { telemetry: [{ streamId: "b" }] };
        },
      }),
  });
  const server = serveRpc({ hostname: "127.0.0.1", port: 0, handler, signal: stop.signal });
  try {
    await act(`http://127.0.0.1:${server.port}`, calls);
  } finally {
    stop.abort();
    await server.finished;
  }
}

Deno.test("a call with the services' secret is answered, and its error keeps its code", async () => {
  await withServer(async (baseUrl) => {
    const client = createRpcClient(MediaHandlerService, {
      baseUrl,
      secret: SECRET,
      issuer: "mc-1",
      audience: "media-handler",
    });
    const answer = await client.registerParticipant({ participantId: "p" });
    assert.equal(answer.connectionToken, "token");
    await assert.rejects(
      client.registerParticipant({ participantId: "missing" }),
      (error) => error instanceof ConnectError && error.code === Code.NotFound,
    );
  });
});

Deno.test("a stream of answers arrives in order", async () => {
  await withServer(async (baseUrl) => {
    const client = createRpcClient(MediaHandlerService, {
      baseUrl,
      secret: SECRET,
      issuer: "mc-1",
      audience: "media-handler",
    });
    const seen: string[] = [];
    for await (const report of client.streamTelemetry({})) {
      seen.push(...report.telemetry.map(({ streamId }) => streamId));
    }
    assert.deepEqual(seen, ["a", "b"]);
  });
});

Deno.test("a call without the secret, or for another service, never reaches the handler", async () => {
  await withServer(async (baseUrl, calls) => {
    const wrong = [
      { secret: SECRET.replaceAll("0", "9"), audience: "media-handler" as const },
      { secret: SECRET, audience: "global-controller" as const },
    ];
    for (const { secret, audience } of wrong) {
      const client = createRpcClient(MediaHandlerService, {
        baseUrl,
        secret,
        issuer: "x",
        audience,
      });
      await assert.rejects(
        client.registerParticipant({ participantId: "p" }),
        (error) => error instanceof ConnectError && error.code === Code.Unauthenticated,
      );
    }
    assert.deepEqual(calls, []);
  });
});

Deno.test("a call without a token is answered before its body is there", async () => {
  await withServer(async (baseUrl, calls) => {
    const service = `${baseUrl}/dark_tower.internal.v1.MediaHandlerService`;
    for (const method of ["RegisterParticipant", "StreamTelemetry"]) {
      const stop = new AbortController();
      const response = await fetch(`${service}/${method}`, {
        method: "POST",
        headers: { "content-type": "application/proto" },
        body: new ReadableStream({ start: (body) => body.enqueue(new Uint8Array([1])) }),
        signal: stop.signal,
      });
      assert.equal(response.status, 401);
      assert.equal((await response.json()).code, "unauthenticated");
      stop.abort();
    }
    assert.deepEqual(calls, []);
  });
});

Deno.test("of the connections that many calls at once needed few are kept", async () => {
  const calls = 6 * MAX_IDLE_CONNECTIONS;
  const waiting: ServerResponse[] = [];
  const open = new Set<Socket>();
  const fewAreLeft = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    waiting.push(response);
    if (waiting.length < calls) return;
    for (const each of waiting) each.writeHead(200, { "content-type": "application/proto" }).end();
  });
  // The server itself closes none.
  server.keepAliveTimeout = 0;
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => {
      open.delete(socket);
      if (open.size <= MAX_IDLE_CONNECTIONS) fewAreLeft.resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createRpcClient(MediaHandlerService, {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret: SECRET,
    issuer: "mc-1",
    audience: "media-handler",
  });
  await Promise.all(Array.from({ length: calls }, () => client.removeParticipant({})));
  const late = setTimeout(() => fewAreLeft.reject(new Error(`${open.size} are open`)), 5_000);
  await fewAreLeft.promise;
  clearTimeout(late);
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  MediaHandlerInfoSchema,
  MediaHandlerService,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import { createRpcClient } from "../../runtime/rpc/rpc_client.ts";
import { createRpcHandler, serveRpc } from "../../runtime/rpc/rpc_server.ts";
import { systemClock } from "../clock.ts";
import { MediaHandlerDirectory } from "./media_handler_directory.ts";
import { type MediaHandler, MediaHandlerError } from "./media_handlers.ts";
import { RpcMediaHandler } from "./rpc_media_handler.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const log = createLogger("test");

/** A media handler's RPC service in this process; aborting `stop` ends it with its connections. */
function serveHandler(handlerId: string) {
  const stop = new AbortController();
  const traceparents: (string | null)[] = [];
  const server = serveRpc({
    hostname: "127.0.0.1",
    port: 0,
    signal: stop.signal,
    handler: createRpcHandler({
      secret: SECRET,
      audience: "media-handler",
      routes: (router) =>
        router.service(MediaHandlerService, {
          registerParticipant(request, context) {
            traceparents.push(context.requestHeader.get("traceparent"));
            return { connectionToken: `for ${request.participantId}` };
          },
          routeMedia() {
            throw new ConnectError("unknown meeting", Code.NotFound);
          },
          keepParticipants() {
            throw new ConnectError("a higher epoch", Code.FailedPrecondition);
          },
          async *streamTelemetry(_request, { signal }) {
            const presence = [{ meetingId: "m", participantId: "anna", connected: true }];
            yield { telemetry: [{ streamId: handlerId }], presence };
            await new Promise<void>((resolve) => {
              const end = () => resolve();
              signal.addEventListener("abort", end, { once: true });
              stop.signal.addEventListener("abort", end, { once: true });
            });
          },
        }),
    }),
  });
  const info = create(MediaHandlerInfoSchema, {
    handlerId,
    endpoint: `https://${handlerId}.test`,
    rpcEndpoint: `http://127.0.0.1:${server.port}`,
  });
  const end = async () => {
    stop.abort();
    await server.finished;
  };
  return { info, traceparents, [Symbol.asyncDispose]: end };
}

function openDirectory() {
  const measured: string[] = [];
  const presence: string[] = [];
  const first = Promise.withResolvers<void>();
  const directory = new MediaHandlerDirectory({
    connect: (info) => {
      const options = { secret: SECRET, issuer: "mc", audience: "media-handler" } as const;
      const client = createRpcClient(MediaHandlerService, {
        baseUrl: info.rpcEndpoint,
        ...options,
      });
      return new RpcMediaHandler(info, client);
    },
    listener: {
      onTelemetry: (_handlerId, { streamId }) => {
        measured.push(streamId);
        first.resolve();
      },
      onPresence: (handlerId, { participantId, connected }) => {
        presence.push(`${handlerId} ${participantId} ${connected ? "connected" : "gone"}`);
      },
    },
    clock: systemClock,
    log,
  });
  return { directory, measured, presence, first: first.promise };
}

const gone = (handler: MediaHandler) =>
  new Promise<void>((resolve) => {
    if (handler.gone.aborted) resolve();
    handler.gone.addEventListener("abort", () => resolve(), { once: true });
  });

Deno.test("calls reach the handler with their trace, a refusal is told from no answer", async () => {
  await using server = serveHandler("mh-1");
  const { directory } = openDirectory();
  await using _ = directory;
  directory.update([server.info]);
  const handler = directory.choose();
  assert.ok(handler);
  const scope = { meetingId: "m", epoch: 7n };
  const request = { ...scope, participantId: "p", streams: [], e2eEncryption: true };
  const answer = await handler.registerParticipant(request, { traceparent: "00-trace" });
  assert.equal(answer.connectionToken, "for p");
  assert.deepEqual(server.traceparents, ["00-trace"]);
  const failure = (expected: string) => (error: unknown) =>
    error instanceof MediaHandlerError && error.failure === expected;
  await assert.rejects(handler.routeMedia(scope, [], {}), failure("refused"));
  await assert.rejects(handler.keepParticipants(scope, []), failure("stale"));
  await server[Symbol.asyncDispose]();
  await assert.rejects(handler.routeMedia(scope, [], {}), failure("unreachable"));
});

Deno.test("a handler that dies is noticed without any call, and chosen again only in need", async () => {
  await using server = serveHandler("mh-1");
  await using other = serveHandler("mh-2");
  const { directory, measured, presence, first } = openDirectory();
  await using _ = directory;
  directory.update([server.info]);
  const handler = directory.choose();
  assert.ok(handler);
  await first;
  assert.deepEqual(measured, ["mh-1"]);
  assert.deepEqual([...directory.connected("mh-1", "m")], ["anna"]);
  assert.equal(directory.find("mh-1"), handler);
  await server[Symbol.asyncDispose]();
  await gone(handler);
  assert.deepEqual(presence, ["mh-1 anna connected", "mh-1 anna gone"]);
  assert.deepEqual([...directory.connected("mh-1", "m")], []);
  assert.equal(directory.find("mh-1"), undefined);
  assert.equal(directory.choose()?.handlerId, "mh-1", "a fresh try of the only one");
  directory.update([server.info, other.info]);
  assert.equal(directory.choose()?.handlerId, "mh-2");
});

Deno.test("one that is no longer listed keeps its meetings, unless a new process took its place", async () => {
  await using server = serveHandler("mh-1");
  const { directory, first } = openDirectory();
  await using _ = directory;
  directory.update([server.info]);
  const handler = directory.choose();
  assert.ok(handler);
  await first;
  directory.update([]);
  assert.equal(handler.gone.aborted, false);
  assert.equal(directory.choose(), undefined);
  directory.update([server.info]);
  assert.equal(directory.choose(), handler);
  directory.update([create(MediaHandlerInfoSchema, { ...server.info, handlerId: "mh-1b" })]);
  assert.equal(handler.gone.aborted, true);
  assert.equal(directory.choose()?.handlerId, "mh-1b");
});

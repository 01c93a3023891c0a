import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import {
  type UniversalHandlerFn,
  universalServerRequestFromFetch,
  universalServerResponseToFetch,
} from "@connectrpc/connect/protocol";
import { type ServiceAudience, ServiceTokenError, verifyServiceToken } from "./service_token.ts";

/** Answers a request for one of its RPCs, and undefined for any other path. */
export type RpcHandler = (request: Request) => Promise<Response> | undefined;

/** Longest RPC message, bytes. */
export const MAX_RPC_MESSAGE_LENGTH = 4 * 1024 * 1024;

/**
 * A fetch handler for Connect RPC (https://connectrpc.com/docs/protocol) between services. Each
 * call needs a service token for `audience`; without one it is answered `unauthenticated` before
 * its body is read.
 */
export function createRpcHandler(options: {
  secret: string;
  audience: ServiceAudience;
  routes: (router: ConnectRouter) => void;
}): RpcHandler {
  const router = createConnectRouter({ readMaxBytes: MAX_RPC_MESSAGE_LENGTH });
  options.routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const answer = async (handle: UniversalHandlerFn, request: Request) => {
    // Not in an interceptor: those of unary calls run after the body was read.
    const token = request.headers.get("authorization")?.match(/^Bearer (\S+)$/)?.[1];
    try {
      await verifyServiceToken(options.secret, token ?? "", { audience: options.audience });
    } catch (error) {
      if (!(error instanceof ServiceTokenError)) throw error;
      return Response.json({ code: "unauthenticated", message: error.message }, { status: 401 });
    }
    return universalServerResponseToFetch(
      await handle(universalServerRequestFromFetch(request, {})),
    );
  };
  return (request) => {
    const handler = handlers.get(new URL(request.url).pathname);
    return handler && answer(handler, request);
  };
}

/**
 * Serves `handler` on a TCP port until `signal` aborts.
 *
 * @throws {Deno.errors.AddrInUse} when the port is taken.
 */
export function serveRpc(options: {
  hostname: string;
  port: number;
  handler: RpcHandler;
  signal: AbortSignal;
}): { port: number; finished: Promise<void> } {
  const server = Deno.serve(
    { hostname: options.hostname, port: options.port, signal: options.signal, onListen: () => {} },
    (request) => options.handler(request) ?? new Response("not found", { status: 404 }),
  );
  return { port: server.addr.port, finished: server.finished };
}

import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import type { DescService } from "@bufbuild/protobuf";
import {
  issueServiceToken,
  SERVICE_TOKEN_LIFETIME_S,
  type ServiceAudience,
} from "./service_token.ts";

/** How long a call may take unless told otherwise, milliseconds. */
export const RPC_TIMEOUT_MS = 5_000;
/**
 * Connections to one service that are kept while nothing is called. Without this bound as many stay
 * open as there were calls at once, for more than a minute.
 */
export const MAX_IDLE_CONNECTIONS = 4;

/** Shared by all clients of a process. */
const HTTP = Deno.createHttpClient({ poolMaxIdlePerHost: MAX_IDLE_CONNECTIONS });

/**
 * A client of another service's RPCs. Errors are `ConnectError`s with a `code`.
 *
 * @param options.baseUrl where the service serves RPC, such as `http://127.0.0.1:41234`.
 * @param options.issuer the caller's own id, for the other side's log.
 */
export function createRpcClient<Service extends DescService>(service: Service, options: {
  baseUrl: string;
  secret: string;
  issuer: string;
  audience: ServiceAudience;
  timeoutMs?: number;
}): Client<Service> {
  return createClient(
    service,
    createConnectTransport({
      baseUrl: options.baseUrl,
      useBinaryFormat: true,
      defaultTimeoutMs: options.timeoutMs ?? RPC_TIMEOUT_MS,
      interceptors: [authenticate(options)],
      fetch: (input, init) => fetch(input, { ...init, client: HTTP }),
    }),
  );
}

/** Sends one token with many calls, and makes the next when a quarter of its life is left. */
function authenticate(
  options: { secret: string; issuer: string; audience: ServiceAudience },
): Interceptor {
  const renewAfterMs = SERVICE_TOKEN_LIFETIME_S * 750;
  let token: Promise<string> | undefined;
  let issuedAtMs = 0;
  return (next) => async (request) => {
    const nowMs = Date.now();
    if (token === undefined || Math.abs(nowMs - issuedAtMs) > renewAfterMs) {
      token = issueServiceToken(options.secret, options);
      issuedAtMs = nowMs;
    }
    request.header.set("authorization", `Bearer ${await token}`);
    return next(request);
  };
}

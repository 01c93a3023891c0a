import { ConfigurationError } from "../runtime/configuration.ts";
import type { Logger } from "../runtime/log.ts";
import { runService } from "../runtime/run_service.ts";
import { readConfiguration } from "./configuration.ts";
import { createGlobalController, type GlobalController } from "./server.ts";

const IPV4_LOOPBACK = "127.0.0.1";
/** Browsers may try this first for "localhost". */
const IPV6_LOOPBACK = "::1";
/** How long requests may take to finish after a stop, milliseconds. */
const DRAIN_DEADLINE_MS = 3_000;

async function serve(signal: AbortSignal, log: Logger): Promise<void> {
  const configuration = readConfiguration(Deno.env);
  const ready = Promise.withResolvers<GlobalController>();
  // A request that comes while the stores are still being connected waits for them.
  const handler = async (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
    await (await ready.promise).fetch(request, info.remoteAddr.hostname);
  ready.promise.catch(() => {});
  const servers = listen(configuration.host, configuration.port, handler, log);
  const { port } = servers[0]!.addr;
  try {
    const publicUrl = configuration.publicUrl ?? `http://localhost:${port}`;
    await using controller = await createGlobalController(configuration, publicUrl, log);
    ready.resolve(controller);
    log.info("listening", { url: `http://${urlHost(configuration.host)}:${port}` });
    await ended(signal);
    await drain(servers);
  } catch (error) {
    ready.reject(error);
    throw error;
  }
}

type Handler = Deno.ServeHandler<Deno.NetAddr>;

/** On loopback both of its addresses are served, where the machine has both. */
function listen(
  hostname: string,
  port: number,
  handler: Handler,
  log: Logger,
): Deno.HttpServer<Deno.NetAddr>[] {
  const options = {
    onListen: () => {},
    onError: (error: unknown) => {
      log.error("request failed", { error });
      return new Response("Something went wrong here.\n", { status: 500 });
    },
  };
  const first = Deno.serve({ ...options, hostname, port }, handler);
  if (hostname !== IPV4_LOOPBACK) return [first];
  try {
    const second = Deno.serve(
      { ...options, hostname: IPV6_LOOPBACK, port: first.addr.port },
      handler,
    );
    return [first, second];
  } catch (error) {
    log.debug("no IPv6 loopback", { error });
    return [first];
  }
}

function urlHost(hostname: string): string {
  if (hostname === IPV4_LOOPBACK || hostname === "0.0.0.0" || hostname === "::") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Takes no new requests and lets those underway finish, for a while. */
async function drain(servers: Deno.HttpServer<Deno.NetAddr>[]): Promise<void> {
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, DRAIN_DEADLINE_MS);
  await Promise.race([Promise.all(servers.map((server) => server.shutdown())), deadline.promise]);
  clearTimeout(timer);
}

if (import.meta.main) {
  await runService("global-controller", async (signal, log) => {
    try {
      await serve(signal, log);
    } catch (error) {
      throw explained(error);
    }
  });
}

/** What the operator can mend, said in one line. */
function explained(error: unknown): unknown {
  if (error instanceof Error && "code" in error) {
    if (error.code === "ECONNREFUSED") {
      return new ConfigurationError("DATABASE_URL: nobody answers there", { cause: error });
    }
    if (error.code === "42P01") {
      return new ConfigurationError("the database is not migrated: run db/migrate.ts up", {
        cause: error,
      });
    }
  }
  return error;
}

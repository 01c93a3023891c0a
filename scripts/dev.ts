/** `deno task dev`: everything on this machine, from nothing to a link to open. */
import { join, resolve } from "node:path";
import { LogView } from "./dev/log_view.ts";
import { parseDevOptions, USAGE, UsageError } from "./dev/options.ts";
import { buildPages } from "./pages_build.ts";
import { formatNetworkProfile } from "../services/stack/network/network_profile_text.ts";
import { findFreePort, takenPorts } from "../services/stack/ports.ts";
import {
  type ServiceProcess,
  ServiceStartError,
  startService,
} from "../services/stack/service_process.ts";
import { portInRegion, ROOT, type ServiceName, Stack } from "../services/stack/stack.ts";

/** How long a service that ended by itself rests before it is started again, milliseconds. */
const RESTART_DELAY_MS = 500;

function fail(reason: string): never {
  console.error(reason);
  Deno.exit(1);
}

function readOptions() {
  try {
    return parseDevOptions(Deno.args);
  } catch (error) {
    if (error instanceof UsageError) fail(`${error.message} (see deno task dev --help)`);
    throw error;
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  Deno.exit(0);
}

const taken = takenPorts([
  { port: options.port, transport: "tcp", flag: "--port" },
  ...options.regions.flatMap((_, index) => [
    {
      port: portInRegion(options.meetingControllerPort, index),
      transport: "udp" as const,
      flag: "--meeting-controller-port",
    },
    {
      port: portInRegion(options.mediaHandlerPort, index),
      transport: "udp" as const,
      flag: "--media-handler-port",
    },
  ]),
], "127.0.0.1");
if (taken.length > 0) fail(taken.join("\n"));

const dataDirectory = resolve(ROOT, options.dataDirectory);
const port = options.port === 0 ? findFreePort("127.0.0.1") : options.port;
/** Where the global controller itself listens: the page server calls it past a bad network. */
const apiPort = options.network === undefined ? port : findFreePort("127.0.0.1");
const publicPorts = {
  "global-controller": port,
  "meeting-controller": options.meetingControllerPort,
  "media-handler": options.mediaHandlerPort,
};
using logs = new LogView(join(dataDirectory, "logs"));
const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stopped.abort());
}

let pages: ServiceProcess | undefined;
let stack: Stack | undefined;

/** A service that crashes comes back, as it would under any supervisor. */
async function restart(
  name: ServiceName,
  status: Deno.CommandStatus,
  region: string,
): Promise<void> {
  if (stopped.signal.aborted || stack === undefined) return;
  const how = status.signal ?? `exit code ${status.code}`;
  console.error(`${name} ended (${how}), starting it again`);
  await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY_MS));
  if (stopped.signal.aborted) return;
  try {
    await stack.startService(name, region);
  } catch (error) {
    if (!(error instanceof ServiceStartError)) throw error;
    console.error(error.message);
    await restart(name, status, region);
  }
}

async function end(code: number): Promise<never> {
  await Promise.all([stack?.[Symbol.asyncDispose](), pages?.stop()]);
  logs[Symbol.dispose]();
  Deno.exit(code);
}

try {
  const databaseUrl = Deno.env.get("DATABASE_URL") || undefined;
  const redisUrl = Deno.env.get("REDIS_URL") || undefined;
  const startPages = async () => {
    if (options.pages === "build") {
      await buildPages(ROOT);
      return undefined;
    }
    return await startService({
      name: "pages",
      args: ["run", "-A", "--no-check", "--quiet", join(ROOT, "scripts/dev/pages_server.ts")],
      cwd: ROOT,
      env: { DT_PORT: "0", DT_API_ORIGIN: `http://127.0.0.1:${apiPort}` },
      onLine: (name, line) => logs.show(name, line),
    });
  };
  pages = await startPages();
  stack = await Stack.start({
    dataDirectory,
    ports: options.network === undefined ? publicPorts : { "global-controller": apiPort },
    network: options.network,
    networkPorts: publicPorts,
    regions: options.regions,
    publicHost: options.publicHost,
    host: options.publicHost === "127.0.0.1" ? "127.0.0.1" : "0.0.0.0",
    pagesOrigin: pages === undefined ? undefined : String(pages.listening.url),
    redis: redisUrl === undefined ? options.redis : { url: redisUrl },
    databaseUrl,
    onLine: (name, line) => logs.show(name, line),
    onUnexpectedEnd: (name, status, region) => {
      restart(name, status, region).catch((error) => {
        console.error(error);
        return end(1);
      });
    },
  });
  const warm = await fetch(stack.directUrl, { signal: stopped.signal });
  await warm.body?.cancel();
  if (options.network !== undefined) {
    // What its text says of later times counts from the moment that people can use it.
    stack.network.setProfile(options.network);
    console.log(
      `\nImpaired: pages and API, signaling, media (${formatNetworkProfile(options.network)})`,
    );
  }
  if (options.regions.length > 1) {
    console.log();
    for (const region of stack.regions) {
      const endpoint = (name: ServiceName) => stack!.service(name, region).listening.endpoint;
      console.log(
        `Region ${region}: signaling ${endpoint("meeting-controller")}, media ${
          endpoint("media-handler")
        }`,
      );
    }
  }
  console.log(`\nDark Tower is ready: ${stack.url}\n`);
  if (!stopped.signal.aborted) {
    await new Promise<void>((resolve) =>
      stopped.signal.addEventListener("abort", () => resolve(), { once: true })
    );
  }
  await end(0);
} catch (error) {
  if (stopped.signal.aborted) await end(0);
  if (!(error instanceof ServiceStartError)) throw error;
  console.error(error.message);
  await end(1);
}

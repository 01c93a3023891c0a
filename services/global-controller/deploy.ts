import { configureLogs, createLogger } from "../runtime/log.ts";
import { readLogLevel } from "../runtime/run_service.ts";
import { readConfiguration } from "./configuration.ts";
import { createGlobalController, type GlobalController } from "./server.ts";

let controller: Promise<GlobalController> | undefined;

/** Starts at the first request; a start that failed is tried again at the next one. */
async function started(request: Request): Promise<GlobalController> {
  const starting = controller ??= start(request);
  try {
    return await starting;
  } catch (error) {
    if (controller === starting) controller = undefined;
    throw error;
  }
}

function start(request: Request): Promise<GlobalController> {
  const configuration = readConfiguration(Deno.env);
  configureLogs(readLogLevel(Deno.env), (line) => console.log(line.trimEnd()));
  const publicUrl = configuration.publicUrl ?? new URL(request.url).origin;
  return createGlobalController(configuration, publicUrl, createLogger("global-controller"));
}

/** The global controller where the platform owns the socket: Deno Deploy, `deno serve`. */
export default {
  async fetch(request, info) {
    const { remoteAddr } = info;
    const peer = "hostname" in remoteAddr ? remoteAddr.hostname : "";
    return await (await started(request)).fetch(request, peer);
  },
} satisfies Deno.ServeDefaultExport;

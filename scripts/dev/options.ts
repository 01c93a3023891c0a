import { parseArgs } from "node:util";
import { DEFAULT_REGION } from "../../services/stack/stack.ts";
import type { NetworkProfile } from "../../services/stack/network/network_profile.ts";
import {
  NETWORK_PROFILE_GRAMMAR,
  NetworkProfileError,
  parseNetworkProfile,
} from "../../services/stack/network/network_profile_text.ts";

/** Regions on one machine, each with two processes. */
const MAX_REGIONS = 8;
const REGION_NAME = /^[\w-]{1,32}$/;

/** What the flags of `deno task dev` say. */
export interface DevOptions {
  readonly port: number;
  readonly meetingControllerPort: number;
  readonly mediaHandlerPort: number;
  /** Names of the regions, at least one. */
  readonly regions: readonly string[];
  readonly publicHost: string;
  readonly dataDirectory: string;
  readonly redis: "local" | "none";
  readonly pages: "dev" | "build";
  /** A bad network before everything; undefined: none. */
  readonly network: NetworkProfile | undefined;
  readonly help: boolean;
}

/** A flag that is unknown or has no fitting value. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `deno task dev --help` prints. */
export const USAGE = `deno task dev [flags]: the whole of Dark Tower on this machine

  --port PORT                     pages and API (TCP), 8080
  --meeting-controller-port PORT  signaling (UDP), 4433
  --media-handler-port PORT       media (UDP), 4434
  --regions NAME,NAME             several regions: a meeting controller and a media handler for each,
                                  ports ten apart; local
  --public-host HOST              where browsers reach signaling and media, 127.0.0.1
  --data DIRECTORY                database, secrets and logs, .dark-tower
  --no-redis                      in-process stores even if there is a Redis
  --pages dev|build               hot-reloading pages, or the built ones; dev
  --network NETWORK               a bad network before everything, such as "1.5mbit,50ms,2%"
  --help

PostgreSQL is DATABASE_URL, or an embedded one. Redis is REDIS_URL, or a redis-server on PATH, or
none: then in-process stores serve.

NETWORK is ${NETWORK_PROFILE_GRAMMAR}.`;

/**
 * Reads the flags.
 *
 * @throws {UsageError} with one line that says what is wrong.
 */
export function parseDevOptions(args: readonly string[]): DevOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        "port": { type: "string", default: "8080" },
        "meeting-controller-port": { type: "string", default: "4433" },
        "media-handler-port": { type: "string", default: "4434" },
        "regions": { type: "string", default: DEFAULT_REGION },
        "public-host": { type: "string", default: "127.0.0.1" },
        "data": { type: "string", default: ".dark-tower" },
        "no-redis": { type: "boolean", default: false },
        "pages": { type: "string", default: "dev" },
        "network": { type: "string" },
        "help": { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0]!);
  }
  const { pages } = values;
  if (pages !== "dev" && pages !== "build") {
    throw new UsageError(`--pages is "${pages}", neither dev nor build`);
  }
  const regions = parseRegions(values.regions);
  if (regions.length > 1 && values.network !== undefined) {
    throw new UsageError("--network goes with one region alone, not with --regions");
  }
  return {
    port: parsePort("--port", values.port),
    regions,
    meetingControllerPort: parsePort(
      "--meeting-controller-port",
      values["meeting-controller-port"],
    ),
    mediaHandlerPort: parsePort("--media-handler-port", values["media-handler-port"]),
    publicHost: values["public-host"],
    dataDirectory: values.data,
    redis: values["no-redis"] ? "none" : "local",
    pages,
    network: values.network === undefined ? undefined : parseNetwork(values.network),
    help: values.help,
  };
}

function parseRegions(text: string): string[] {
  const regions = text.split(",").map((name) => name.trim());
  if (!regions.every((name) => REGION_NAME.test(name)) || new Set(regions).size < regions.length) {
    throw new UsageError(`--regions is "${text}", not different names such as us-west-1,eu-west-1`);
  }
  if (regions.length > MAX_REGIONS) {
    throw new UsageError(`--regions are ${regions.length}, more than ${MAX_REGIONS}`);
  }
  return regions;
}

function parseNetwork(text: string): NetworkProfile {
  try {
    return parseNetworkProfile(text);
  } catch (error) {
    if (error instanceof NetworkProfileError) throw new UsageError(`--network: ${error.message}`);
    throw error;
  }
}

function parsePort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`${flag} is "${text}", not a port`);
  return port;
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalRedis, startLocalRedis } from "../../db/local_redis.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../db/embedded_postgres.ts";
import { migrate } from "../../db/migrate.ts";
import type { NetworkProfile } from "./network/network_profile.ts";
import { SETTLING } from "./memory/settled_memory.ts";
import { parseNetworkProfile } from "./network/network_profile_text.ts";
import { StackNetwork } from "./network/stack_network.ts";
import { loadOrCreateSecrets, type StackSecrets } from "./secrets.ts";
import { type ServiceProcess, startService } from "./service_process.ts";

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The services of a stack, in the order in which they start. */
export const SERVICE_NAMES = ["global-controller", "meeting-controller", "media-handler"] as const;
export type ServiceName = typeof SERVICE_NAMES[number];

/** The region of a stack that was given none. */
export const DEFAULT_REGION = "local";
/** Between the ports of one region's services and the next one's. */
const PORTS_BETWEEN_REGIONS = 10;
/**
 * What each service asks of V8, as the README tells operators. A meeting controller waits for the
 * next message of thousands of clients: all that is so young that each collection of young objects
 * copies it, so there are to be few of them (ops/decisions, "Few collections of young objects").
 */
const V8_FLAGS: Readonly<Record<ServiceName, readonly string[]>> = {
  "global-controller": [],
  "meeting-controller": ["--min-semi-space-size=32", "--max-semi-space-size=64"],
  "media-handler": [],
};

/** One process of a stack. */
export interface StackProcess {
  readonly name: ServiceName;
  readonly region: string;
  /** Which of its kind in its region; 0 for the global controller. */
  readonly instance: number;
}

/** How a stack on this machine is set up. Port 0 stands for any free port. */
export interface StackOptions {
  /** Keeps PostgreSQL's files and the secrets; reused by the next stack. */
  readonly dataDirectory: string;
  readonly ports?: Partial<Record<ServiceName, number>>;
  /**
   * Each has a meeting controller and a media handler; the global controller is in the first. The
   * ports of each further region's services are ten above.
   */
  readonly regions?: readonly string[];
  /** How many meeting controllers each region has; 1. The further ones take any free port. */
  readonly meetingControllers?: number;
  /** How many media handlers each region has; 1. The further ones take any free port. */
  readonly mediaHandlers?: number;
  /**
   * A bad network, or its text form, between the clients and all services: relays take the
   * clients' packets, and the services bind the loopback address behind them. In the first region
   * alone, and before its first meeting controller.
   */
  readonly network?: NetworkProfile | string;
  /** Ports of the relays before the services, if there is a network; any free ones by default. */
  readonly networkPorts?: Partial<Record<ServiceName, number>>;
  /** Name or address under which browsers reach the controllers. */
  readonly publicHost?: string;
  /** Address that the services bind. */
  readonly host?: string;
  /** Where pages come from: a development server's origin, else the build in client/build. */
  readonly pagesOrigin?: string;
  /** An existing Redis, one of this stack's own if PATH has one ("local"), or none. */
  readonly redis?: "local" | "none" | { readonly url: string };
  /** An existing PostgreSQL instead of the embedded one. */
  readonly databaseUrl?: string;
  /** Further environment of every service. */
  readonly env?: Record<string, string>;
  /** Further environment of one process, asked for at each of its starts; it goes before `env`. */
  readonly envOf?: (process: StackProcess) => Record<string, string>;
  /** Whether the services' memory can be read without garbage (`readSettledMemory`); not so. */
  readonly settles?: boolean;
  /** Modules that one process loads before its own, asked for at each of its starts. */
  readonly preloadOf?: (process: StackProcess) => readonly string[];
  /** Each line that a service prints: JSON logs, and plain text when it fails. */
  readonly onLine?: (name: string, line: string) => void;
  /** Told when a service ended that nobody stopped or killed through the stack. */
  readonly onUnexpectedEnd?: (
    name: ServiceName,
    status: Deno.CommandStatus,
    region: string,
    instance: number,
  ) => void;
}

/**
 * Dark Tower on one machine, with real processes and a real PostgreSQL: what `deno task dev`,
 * system tests and benches run on.
 */
export class Stack implements AsyncDisposable {
  readonly secrets: StackSecrets;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly #options: StackOptions;
  readonly #network: StackNetwork | undefined;
  readonly #postgres: EmbeddedPostgres | undefined;
  readonly #redis: LocalRedis | undefined;
  /** In which a meeting may be, the global controller's first. */
  readonly regions: readonly string[];
  /** As {@link keyOf} names them. */
  readonly #services = new Map<string, ServiceProcess>();
  readonly #ports = new Map<string, number>();
  readonly #expectedToEnd = new WeakSet<ServiceProcess>();

  private constructor(
    options: StackOptions,
    secrets: StackSecrets,
    databaseUrl: string,
    postgres: EmbeddedPostgres | undefined,
    redis: LocalRedis | undefined,
    network: StackNetwork | undefined,
  ) {
    this.#options = options;
    this.regions = options.regions ?? [DEFAULT_REGION];
    this.#network = network;
    this.secrets = secrets;
    this.databaseUrl = databaseUrl;
    this.#postgres = postgres;
    this.#redis = redis;
    this.redisUrl = redis?.url ??
      (typeof options.redis === "object" ? options.redis.url : undefined);
  }

  /**
   * Starts the stores, migrates the database, and starts the services.
   *
   * @throws {ServiceStartError} with the reason when a service does not start; nothing is left
   * running then.
   * @throws {NetworkProfileError} when the text describes no network.
   */
  static async start(options: StackOptions): Promise<Stack> {
    const profile = typeof options.network === "string"
      ? parseNetworkProfile(options.network)
      : options.network;
    await Deno.mkdir(options.dataDirectory, { recursive: true });
    const secrets = await loadOrCreateSecrets(options.dataDirectory);
    const postgres = options.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDirectory: join(options.dataDirectory, "postgres") })
      : undefined;
    let redis: LocalRedis | undefined;
    let network: StackNetwork | undefined;
    let stack: Stack | undefined;
    try {
      redis = (options.redis ?? "local") === "local" ? await startLocalRedis() : undefined;
      const databaseUrl = options.databaseUrl ?? postgres!.url;
      await migrate(databaseUrl);
      network = profile && await openNetwork(profile, options);
      stack = new Stack(options, secrets, databaseUrl, postgres, redis, network);
      await stack.startService("global-controller");
      for (const region of stack.regions) await stack.startRegion(region);
      return stack;
    } catch (error) {
      if (stack) await stack[Symbol.asyncDispose]();
      else await Promise.all([network?.[Symbol.asyncDispose](), redis?.stop(), postgres?.stop()]);
      throw error;
    }
  }

  /** Origin of pages and API, as clients reach them: through the network, if there is one. */
  get url(): string {
    return this.#network === undefined
      ? this.directUrl
      : `http://localhost:${this.#network.pages.port}`;
  }

  /** Origin of the global controller itself, past the network. */
  get directUrl(): string {
    return `http://localhost:${this.#apiPort}`;
  }

  /**
   * The network before the services: sets how it behaves, and tells what passed.
   *
   * @throws {Error} when the stack was started without one.
   */
  get network(): StackNetwork {
    if (this.#network === undefined) throw new Error("this stack was started without a network");
    return this.#network;
  }

  /**
   * The running process of `name`; of a regional service, the one in `region`; of several there, the
   * one with this number.
   */
  service(name: ServiceName, region = this.#firstRegion, instance = 0): ServiceProcess {
    const service = this.#services.get(keyOf({ name, region, instance }));
    if (service === undefined) throw new Error(`${name} does not run in ${region}`);
    return service;
  }

  /** Starts the services of a region, on the ports that they had before. */
  async startRegion(region: string): Promise<void> {
    // A meeting controller learns of the media handlers when it registers, and every two seconds:
    // in this order a meeting has media from the first moment.
    for (let instance = 0; instance < this.#mediaHandlerCount; instance++) {
      await (await this.startService("media-handler", region, instance)).said("registered");
    }
    for (let instance = 0; instance < this.#controllerCount; instance++) {
      await (await this.startService("meeting-controller", region, instance)).said("registered");
    }
  }

  /** Ends the services of a region with `signal` (SIGKILL: as a power cut would). */
  async killRegion(region: string, signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const kill = (name: ServiceName, length: number) =>
      Array.from({ length }, (_, instance) => this.killService(name, signal, region, instance));
    await Promise.all([
      ...kill("meeting-controller", this.#controllerCount),
      ...kill("media-handler", this.#mediaHandlerCount),
    ]);
  }

  /** Starts `name`, on the port that it had before if it ran before. */
  async startService(
    name: ServiceName,
    region = this.#firstRegion,
    instance = 0,
  ): Promise<ServiceProcess> {
    const process = { name, region, instance };
    const key = keyOf(process);
    const main = join(ROOT, "services", name, "main.ts");
    const { settles = false, preloadOf = () => [] } = this.#options;
    const preloads = [...preloadOf(process), ...settles ? [SETTLING.preload] : []];
    const v8Flags = [...V8_FLAGS[name], ...settles ? [SETTLING.v8Flag] : []];
    const service = await startService({
      name: this.logName(process),
      args: [
        ...["run", "-A", "--no-check", "--quiet"],
        ...v8Flags.length > 0 ? [`--v8-flags=${v8Flags.join(",")}`] : [],
        ...preloads.map((path) => `--preload=${path}`),
        main,
      ],
      cwd: ROOT,
      env: this.environment(name, region, instance),
      onLine: this.#options.onLine ?? (() => {}),
    });
    this.#services.set(key, service);
    const port = portOf(service);
    this.#ports.set(key, port);
    this.#relayBefore(process)?.setUpstream("127.0.0.1", port);
    service.status.then((status) => {
      if (this.#expectedToEnd.has(service)) return;
      this.#options.onUnexpectedEnd?.(name, status, region, instance);
    });
    return service;
  }

  /** What `onLine` calls a process. */
  logName(process: StackProcess): string {
    const isOnly = this.regions.length === 1 && process.instance === 0;
    return isOnly ? process.name : keyOf(process);
  }

  /** Ends `name` with `signal` (SIGKILL: as a crash would) and waits until it has ended. */
  async killService(
    name: ServiceName,
    signal: Deno.Signal = "SIGKILL",
    region = this.#firstRegion,
    instance = 0,
  ): Promise<void> {
    const service = this.service(name, region, instance);
    this.#expectedToEnd.add(service);
    service.kill(signal);
    await service.status;
    this.#services.delete(keyOf({ name, region, instance }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const services = [...this.#services.values()];
    for (const service of services) this.#expectedToEnd.add(service);
    const regional = services.filter(({ name }) => name !== "global-controller");
    // The regional services tell the global controller that they leave.
    await Promise.all(regional.map((service) => service.stop()));
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all([
      this.#network?.[Symbol.asyncDispose](),
      this.#redis?.stop(),
      this.#postgres?.stop(),
    ]);
  }

  get #firstRegion(): string {
    return this.regions[0]!;
  }

  get #controllerCount(): number {
    return this.#options.meetingControllers ?? 1;
  }

  get #mediaHandlerCount(): number {
    return this.#options.mediaHandlers ?? 1;
  }

  #portOf(process: StackProcess): number | undefined {
    return this.#ports.get(keyOf(process));
  }

  get #apiPort(): number | undefined {
    return this.#portOf({ name: "global-controller", region: this.#firstRegion, instance: 0 });
  }

  #relayBefore({ name, region, instance }: StackProcess) {
    if (name === "global-controller") return this.#network?.pages;
    if (region !== this.#firstRegion || instance !== 0) return undefined;
    return name === "media-handler" ? this.#network?.media : this.#network?.signaling;
  }

  #wantedPort({ name, region, instance }: StackProcess): number {
    const first = this.#options.ports?.[name] ?? 0;
    if (name === "global-controller") return first;
    return instance === 0 ? portInRegion(first, this.regions.indexOf(region)) : 0;
  }

  /** What a service of this stack is told, for another one like it too. */
  environment(
    name: ServiceName,
    region = this.#firstRegion,
    instance = 0,
  ): Record<string, string> {
    const process = { name, region, instance };
    const { publicHost = "127.0.0.1" } = this.#options;
    const env = { ...this.#options.env, ...this.#options.envOf?.(process) };
    const port = this.#portOf(process) ?? this.#wantedPort(process);
    const publicPort = this.#relayBefore(process)?.port ?? port;
    const common: Record<string, string> = {
      DT_HOST: this.#network ? "127.0.0.1" : this.#options.host ?? "127.0.0.1",
      DT_PUBLIC_HOST: publicHost,
      DT_PORT: String(port),
      DT_PUBLIC_PORT: String(publicPort),
      DT_REGION: region,
      DT_SERVICE_SECRET: this.secrets.serviceSecret,
      ...(this.redisUrl === undefined ? { REDIS_URL: "" } : { REDIS_URL: this.redisUrl }),
    };
    if (name !== "media-handler") common.DATABASE_URL = this.databaseUrl;
    if (name !== "global-controller") {
      return { ...common, DT_GLOBAL_CONTROLLER_URL: `http://127.0.0.1:${this.#apiPort}`, ...env };
    }
    return {
      ...common,
      DT_SIGNING_KEY: this.secrets.signingKey,
      DT_GUEST_MEETINGS: "true",
      DT_WEBHOOK_ALLOW_PRIVATE: "true",
      DT_PASSWORD_SIGN_IN: "true",
      DT_BOOTSTRAP_CLIENT_ID: this.secrets.clientId,
      DT_BOOTSTRAP_CLIENT_SECRET: this.secrets.clientSecret,
      ...(publicPort === 0 ? {} : { DT_PUBLIC_URL: `http://localhost:${publicPort}` }),
      ...(this.#options.pagesOrigin ? { DT_PAGES_ORIGIN: this.#options.pagesOrigin } : {}),
      ...env,
    };
  }
}

function keyOf({ name, region, instance }: StackProcess): string {
  if (name === "global-controller") return name;
  return instance === 0 ? `${name}.${region}` : `${name}.${region}.${instance}`;
}

/**
 * The port in the region with this index of a service that has `port` in the first one; 0, any free
 * port, stays 0.
 */
export function portInRegion(port: number, index: number): number {
  return port === 0 ? 0 : port + index * PORTS_BETWEEN_REGIONS;
}

function openNetwork(profile: NetworkProfile, options: StackOptions): Promise<StackNetwork> {
  const { host, networkPorts: ports } = options;
  return StackNetwork.open({
    profile,
    hostname: host,
    ports: {
      media: ports?.["media-handler"],
      signaling: ports?.["meeting-controller"],
      pages: ports?.["global-controller"],
    },
  });
}

/** The port that a service is bound to, which may not be the one that it advertises. */
function portOf(service: ServiceProcess): number {
  const { port, url } = service.listening;
  const bound = port ?? URL.parse(String(url))?.port;
  if (!bound) throw new Error(`${service.name} did not say where it listens`);
  return Number(bound);
}

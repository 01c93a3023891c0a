import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalRedis, startLocalRedis } from "../../db/local_redis.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../db/embedded_postgres.ts";
import { migrate } from "../../db/migrate.ts";
import { loadOrCreateSecrets, type StackSecrets } from "./secrets.ts";
import { type ServiceProcess, startService } from "./service_process.ts";

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The services of a stack, in the order in which they start. */
export const SERVICE_NAMES = ["global-controller", "meeting-controller", "media-handler"] as const;
export type ServiceName = typeof SERVICE_NAMES[number];

/** How a stack on this machine is set up. Port 0 stands for any free port. */
export interface StackOptions {
  /** Keeps PostgreSQL's files and the secrets; reused by the next stack. */
  readonly dataDirectory: string;
  readonly ports?: Partial<Record<ServiceName, number>>;
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
  /** Each line that a service prints: JSON logs, and plain text when it fails. */
  readonly onLine?: (name: string, line: string) => void;
  /** Told when a service ended that nobody stopped or killed through the stack. */
  readonly onUnexpectedEnd?: (name: ServiceName, status: Deno.CommandStatus) => void;
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
  readonly #postgres: EmbeddedPostgres | undefined;
  readonly #redis: LocalRedis | undefined;
  readonly #services = new Map<ServiceName, ServiceProcess>();
  readonly #ports = new Map<ServiceName, number>();
  readonly #expectedToEnd = new WeakSet<ServiceProcess>();

  private constructor(
    options: StackOptions,
    secrets: StackSecrets,
    databaseUrl: string,
    postgres: EmbeddedPostgres | undefined,
    redis: LocalRedis | undefined,
  ) {
    this.#options = options;
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
   */
  static async start(options: StackOptions): Promise<Stack> {
    await Deno.mkdir(options.dataDirectory, { recursive: true });
    const secrets = await loadOrCreateSecrets(options.dataDirectory);
    const postgres = options.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDirectory: join(options.dataDirectory, "postgres") })
      : undefined;
    let redis: LocalRedis | undefined;
    let stack: Stack | undefined;
    try {
      redis = (options.redis ?? "local") === "local" ? await startLocalRedis() : undefined;
      const databaseUrl = options.databaseUrl ?? postgres!.url;
      await migrate(databaseUrl);
      stack = new Stack(options, secrets, databaseUrl, postgres, redis);
      await stack.startService("global-controller");
      const mediaHandler = await stack.startService("media-handler");
      // A meeting controller learns of the media handlers when it registers, and every two seconds:
      // in this order a meeting has media from the first moment.
      await mediaHandler.said("registered");
      await (await stack.startService("meeting-controller")).said("registered");
      return stack;
    } catch (error) {
      if (stack) await stack[Symbol.asyncDispose]();
      else await Promise.all([redis?.stop(), postgres?.stop()]);
      throw error;
    }
  }

  /** Origin of pages and API. */
  get url(): string {
    return `http://localhost:${this.#ports.get("global-controller")}`;
  }

  /** The running process of `name`. */
  service(name: ServiceName): ServiceProcess {
    const service = this.#services.get(name);
    if (service === undefined) throw new Error(`${name} does not run`);
    return service;
  }

  /** Starts `name`, on the port that it had before if it ran before. */
  async startService(name: ServiceName): Promise<ServiceProcess> {
    const service = await startService({
      name,
      args: ["run", "-A", "--no-check", "--quiet", join(ROOT, "services", name, "main.ts")],
      cwd: ROOT,
      env: this.#environment(name),
      onLine: this.#options.onLine ?? (() => {}),
    });
    this.#services.set(name, service);
    this.#ports.set(name, portOf(service));
    service.status.then((status) => {
      if (!this.#expectedToEnd.has(service)) this.#options.onUnexpectedEnd?.(name, status);
    });
    return service;
  }

  /** Ends `name` with `signal` (SIGKILL: as a crash would) and waits until it has ended. */
  async killService(name: ServiceName, signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const service = this.service(name);
    this.#expectedToEnd.add(service);
    service.kill(signal);
    await service.status;
    this.#services.delete(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const services = [...this.#services.values()];
    for (const service of services) this.#expectedToEnd.add(service);
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all([this.#redis?.stop(), this.#postgres?.stop()]);
  }

  #environment(name: ServiceName): Record<string, string> {
    const { host = "127.0.0.1", publicHost = "127.0.0.1", ports, env } = this.#options;
    const port = this.#ports.get(name) ?? ports?.[name] ?? 0;
    const common: Record<string, string> = {
      DT_HOST: host,
      DT_PUBLIC_HOST: publicHost,
      DT_PORT: String(port),
      DT_SERVICE_SECRET: this.secrets.serviceSecret,
      ...(this.redisUrl === undefined ? { REDIS_URL: "" } : { REDIS_URL: this.redisUrl }),
    };
    if (name !== "global-controller") {
      const controllerPort = this.#ports.get("global-controller");
      return { ...common, DT_GLOBAL_CONTROLLER_URL: `http://127.0.0.1:${controllerPort}`, ...env };
    }
    return {
      ...common,
      DATABASE_URL: this.databaseUrl,
      DT_SIGNING_KEY: this.secrets.signingKey,
      DT_GUEST_MEETINGS: "true",
      DT_BOOTSTRAP_CLIENT_ID: this.secrets.clientId,
      DT_BOOTSTRAP_CLIENT_SECRET: this.secrets.clientSecret,
      ...(port === 0 ? {} : { DT_PUBLIC_URL: `http://localhost:${port}` }),
      ...(this.#options.pagesOrigin ? { DT_PAGES_ORIGIN: this.#options.pagesOrigin } : {}),
      ...env,
    };
  }
}

function portOf(service: ServiceProcess): number {
  const { url, endpoint } = service.listening;
  const port = URL.parse(String(url ?? endpoint))?.port;
  if (!port) throw new Error(`${service.name} did not say where it listens`);
  return Number(port);
}

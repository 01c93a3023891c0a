import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../db/embedded_postgres.ts";
import { type LocalRedis, startLocalRedis } from "../../../db/local_redis.ts";
import { StorePath } from "./store_path.ts";

/** The ways of one process to both stores. */
export interface StorePaths {
  readonly postgres: StorePath;
  readonly redis: StorePath;
}

/**
 * A durable PostgreSQL, and a Redis that keeps nothing, which end and come back. Every process has
 * ways of its own to them, whose ports stay the same wherever the stores are.
 */
export class RestartableStores implements AsyncDisposable {
  readonly #dataDirectory: string;
  readonly #paths = new Map<string, StorePaths>();
  #postgres: EmbeddedPostgres;
  #redis: LocalRedis;

  private constructor(dataDirectory: string, postgres: EmbeddedPostgres, redis: LocalRedis) {
    this.#dataDirectory = dataDirectory;
    this.#postgres = postgres;
    this.#redis = redis;
  }

  /** @throws {Error} when PATH has no Redis. */
  static async start(directory: string): Promise<RestartableStores> {
    const dataDirectory = join(directory, "postgres");
    const postgres = await startEmbeddedPostgres({ dataDirectory });
    try {
      return new RestartableStores(dataDirectory, postgres, await startRedis());
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  /** PostgreSQL itself, past all paths. */
  get databaseUrl(): string {
    return this.#postgres.url;
  }

  /** Redis itself, past all paths. */
  get redisUrl(): string {
    return this.#redis.url;
  }

  /** The ways of the process that is called `name`; made at the first call. */
  pathsOf(name: string): StorePaths {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    const paths = {
      postgres: new StorePath(this.#postgres.port),
      redis: new StorePath(portOf(this.#redis.url)),
    };
    this.#paths.set(name, paths);
    return paths;
  }

  /** What the process is told of where the stores are. */
  environmentOf(name: string): { DATABASE_URL: string; REDIS_URL: string } {
    const { postgres, redis } = this.pathsOf(name);
    return {
      DATABASE_URL: withPort(this.#postgres.url, postgres.port),
      REDIS_URL: withPort(this.#redis.url, redis.port),
    };
  }

  /** Redis crashes, and comes back empty. */
  async restartRedis(): Promise<void> {
    await this.#redis.stop("SIGKILL");
    this.#redis = await startRedis();
    const port = portOf(this.#redis.url);
    for (const { redis } of this.#paths.values()) redis.moveTo(port);
  }

  /** PostgreSQL crashes in the middle of whatever it does, and recovers. */
  async restartPostgres(): Promise<void> {
    await this.#postgres.stop("SIGQUIT");
    this.#postgres = await startEmbeddedPostgres({ dataDirectory: this.#dataDirectory });
    for (const { postgres } of this.#paths.values()) postgres.moveTo(this.#postgres.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const paths = [...this.#paths.values()].flatMap(({ postgres, redis }) => [postgres, redis]);
    await Promise.all(paths.map((path) => path[Symbol.asyncDispose]()));
    await Promise.all([this.#redis.stop(), this.#postgres.stop()]);
  }
}

async function startRedis(): Promise<LocalRedis> {
  const redis = await startLocalRedis();
  if (redis === undefined) throw new Error("PATH has no Redis");
  return redis;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function withPort(url: string, port: number): string {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}

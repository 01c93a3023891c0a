import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { rateLimitKey } from "../../../db/redis/rate_limit.ts";

/** A line of Redis's MONITOR: when, whose, and a command with its first two arguments. */
const COUNTED = /^\+\S+ \[.*?\] "rpush" "([^"]+)" "(\d+)"/i;

/**
 * When Redis counted which caller's request, by its own clock, as MONITOR tells it. Over a socket of
 * its own, since ioredis 6 fails when MONITOR's answer comes together with the first command.
 */
export class CountedRequests implements Disposable {
  readonly #redis: Redis;
  readonly #socket: Socket;
  readonly #times = new Map<string, number[]>();
  readonly #awaited = new Map<string, () => void>();

  private constructor(redis: Redis, socket: Socket) {
    this.#redis = redis;
    this.#socket = socket;
  }

  /** Watches from now on what is counted in the Redis at `url`. */
  static async watch(url: string): Promise<CountedRequests> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const lines = createInterface({ input: socket });
    const counted = new CountedRequests(new Redis(url), socket);
    socket.write("MONITOR\r\n");
    await once(lines, "line");
    lines.on("line", (line) => counted.#read(line));
    return counted;
  }

  /** Resolves when all that was counted so far has been heard of. */
  async complete(): Promise<void> {
    const mark = crypto.randomUUID();
    const heard = Promise.withResolvers<void>();
    this.#awaited.set(mark, heard.resolve);
    await this.#redis.echo(mark);
    await heard.promise;
  }

  /** When requests of `caller` were counted, microseconds of Redis's clock, in order. */
  of(caller: string): readonly number[] {
    return this.#times.get(rateLimitKey(caller)) ?? [];
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
    this.#redis.disconnect();
  }

  #read(line: string): void {
    const [, key, time] = COUNTED.exec(line) ?? [];
    if (key !== undefined) {
      const times = this.#times.get(key) ?? [];
      times.push(Number(time));
      this.#times.set(key, times);
      return;
    }
    const [, mark = ""] = /"echo" "([^"]+)"$/i.exec(line) ?? [];
    this.#awaited.get(mark)?.();
    this.#awaited.delete(mark);
  }
}

import { Redis } from "ioredis";

/** A real Redis for one test. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when `count` of the keys that matched `pattern` have expired. */
  waitUntilExpired(pattern: string, count: number): Promise<void>;
}

/**
 * Starts `redis-server` from PATH on a free port, without persistence.
 *
 * @throws {Deno.errors.NotFound} when there is none.
 */
export async function startRedis(): Promise<RedisServer> {
  const port = freePort();
  const child = new Deno.Command("redis-server", {
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  await untilReady(child.stdout);
  const url = `redis://127.0.0.1:${port}`;
  let stopped = false;
  return {
    url,
    async waitUntilExpired(pattern, count) {
      const redis = new Redis(url);
      redis.on("error", () => undefined);
      const before = (await redis.keys(pattern)).length;
      // KEYS leaves out what has expired: asking again is all the waiting there is.
      while ((await redis.keys(pattern)).length > before - count);
      redis.disconnect();
    },
    async [Symbol.asyncDispose]() {
      if (stopped) return;
      stopped = true;
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Reads on after that, so that the process never waits for a reader. */
async function untilReady(stdout: ReadableStream<Uint8Array>): Promise<void> {
  const ready = Promise.withResolvers<void>();
  const read = async () => {
    let text = "";
    for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes("Ready to accept connections")) ready.resolve();
    }
    ready.reject(new Error(`redis-server ended: ${text}`));
  };
  read().catch(ready.reject);
  await ready.promise;
}

/** A Redis server of this process's own, on loopback, keeping nothing on disk. */
export interface LocalRedis {
  readonly url: string;
  /** Sends a signal, such as `SIGSTOP` to see what its silence does. */
  signal(signal: Deno.Signal): void;
  /** Ends the server, with `SIGKILL` to see what its sudden end does. */
  stop(signal?: Deno.Signal): Promise<void>;
}

/** Programs that serve the Redis protocol, in the order of preference. */
export const REDIS_EXECUTABLES: readonly string[] = ["redis-server", "valkey-server"];
/** How often another port is tried when the chosen one was taken meanwhile. */
const PORT_ATTEMPTS = 5;
const START_DEADLINE_MS = 10_000;

/**
 * Starts the Redis server found on PATH on a free port and waits until it answers.
 *
 * @returns undefined when PATH has none.
 * @throws {Error} when it does not start; the message holds its last words.
 */
export async function startLocalRedis(): Promise<LocalRedis | undefined> {
  let lastWords = "";
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = freePort();
    const child = spawnRedis(port);
    if (child === undefined) return undefined;
    const { ready, output } = watchOutput(child);
    const started = await withDeadline(ready, START_DEADLINE_MS);
    if (started) {
      return {
        url: `redis://127.0.0.1:${port}`,
        signal: (signal) => child.kill(signal),
        stop: async (signal = "SIGTERM") => {
          try {
            child.kill(signal);
          } catch (error) {
            if (!(error instanceof TypeError)) throw error; // It had ended already.
          }
          await Promise.all([child.status, output]);
        },
      };
    }
    try {
      child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await child.status;
    lastWords = await output;
  }
  throw new Error(`Redis did not start: ${lastWords.trim().split("\n").at(-1) ?? ""}`);
}

function spawnRedis(port: number): Deno.ChildProcess | undefined {
  for (const name of REDIS_EXECUTABLES) {
    try {
      return new Deno.Command(name, {
        args: [
          ...["--port", String(port), "--bind", "127.0.0.1"],
          ...["--save", "", "--appendonly", "no", "--daemonize", "no"],
        ],
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** `ready` tells whether the server announced itself before its output ended. */
function watchOutput(
  child: Deno.ChildProcess,
): { ready: Promise<boolean>; output: Promise<string> } {
  const { promise: ready, resolve } = Promise.withResolvers<boolean>();
  const output = (async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout!) {
      text = (text + decoder.decode(chunk, { stream: true })).slice(-4096);
      if (/ready to accept connections/i.test(text)) resolve(true);
    }
    resolve(false);
    return text;
  })();
  return { ready, output };
}

async function withDeadline(promise: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

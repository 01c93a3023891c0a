import { TextLineStream } from "./text_line_stream.ts";

/** How long a process may take to say that it listens, milliseconds. */
export const START_DEADLINE_MS = 60_000;
/** How long a process may take to end after SIGTERM before it is killed, milliseconds. */
export const STOP_DEADLINE_MS = 5_000;
const LAST_LINES = 20;

/** One running service. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  /** `metadata` of the line with which it said that it listens. */
  readonly listening: Readonly<Record<string, unknown>>;
  /** Settles when the process ended, for whatever reason. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Sends a signal; nothing happens when the process has ended. */
  kill(signal: Deno.Signal): void;
  /** Asks the process to end, and kills it when it does not. */
  stop(): Promise<void>;
}

/** A service that ended before it listened; the message is the reason it gave. */
export class ServiceStartError extends Error {
  override readonly name = "ServiceStartError";
}

/**
 * Starts `command` and waits for its JSON log line "listening". The child's standard input is a
 * pipe that closes with this process, however that ends, and a service ends when it does.
 *
 * @throws {ServiceStartError} when it ends first, or says nothing for {@link START_DEADLINE_MS}.
 */
export async function startService(options: {
  name: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  onLine: (name: string, line: string) => void;
}): Promise<ServiceProcess> {
  const { name, onLine } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [...options.args],
    cwd: options.cwd,
    env: { ...options.env, DT_STOP_WITH_PARENT: "true" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const listening = Promise.withResolvers<Record<string, unknown>>();
  const lastErrors: string[] = [];
  const streams = Promise.all([
    eachLine(child.stdout, (line) => {
      onLine(name, line);
      const metadata = readListening(line);
      if (metadata) listening.resolve(metadata);
    }),
    eachLine(child.stderr, (line) => {
      onLine(name, line);
      lastErrors.push(line);
      if (lastErrors.length > LAST_LINES) lastErrors.shift();
    }),
  ]);
  const status = child.status.then(async (status) => {
    await streams;
    await child.stdin.close().catch(() => undefined);
    return status;
  });
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  const killAfter = async (ms: number) => {
    const timer = setTimeout(() => kill("SIGKILL"), ms);
    await status;
    clearTimeout(timer);
  };
  const timer = setTimeout(() => {
    listening.reject(new ServiceStartError(`${name} did not start within ${START_DEADLINE_MS} ms`));
    kill("SIGKILL");
  }, START_DEADLINE_MS);
  status.then(({ code, signal }) => {
    const reason = lastErrors.at(-1) ?? `exit code ${code}${signal ? `, ${signal}` : ""}`;
    listening.reject(
      new ServiceStartError(reason.startsWith(name) ? reason : `${name}: ${reason}`),
    );
  });
  try {
    return {
      name,
      pid: child.pid,
      listening: await listening.promise,
      status,
      kill,
      stop: async () => {
        kill("SIGTERM");
        await killAfter(STOP_DEADLINE_MS);
      },
    };
  } catch (error) {
    await status;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function eachLine(stream: ReadableStream<Uint8Array>, act: (line: string) => void) {
  const lines = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new TextLineStream());
  for await (const line of lines) act(line);
}

function readListening(line: string): Record<string, unknown> | undefined {
  if (!line.includes('"listening"')) return undefined;
  try {
    const record = JSON.parse(line);
    return record.message === "listening" ? record.metadata ?? {} : undefined;
  } catch {
    return undefined;
  }
}

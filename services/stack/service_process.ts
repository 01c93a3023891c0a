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
  /**
   * Resolves once the process has logged the event `message`, even if it did so before.
   *
   * @throws {ServiceStartError} when it ends without, or takes longer than {@link START_DEADLINE_MS}.
   */
  said(message: string): Promise<void>;
  /**
   * Resolves with the `metadata` of the next event `message` that the process logs.
   *
   * @throws {ServiceStartError} as {@link said}.
   */
  says(message: string): Promise<Readonly<Record<string, unknown>>>;
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
  const events = new LoggedEvents();
  const lastErrors: string[] = [];
  const streams = Promise.all([
    eachLine(child.stdout, (line) => {
      onLine(name, line);
      const record = readRecord(line);
      if (record === undefined) return;
      if (record.message === "listening") listening.resolve(record.metadata ?? {});
      events.add(record.message, record.metadata ?? {});
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
      said: (message) => events.said(message, status),
      says: (message) => events.says(message, status),
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

/** A JSON log line, or undefined for anything else. */
function readRecord(
  line: string,
): { message: string; metadata?: Record<string, unknown> } | undefined {
  try {
    const record = JSON.parse(line);
    return typeof record?.message === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Most kinds of events that are remembered; a service has a few dozen. */
const MAX_EVENT_KINDS = 1_000;

/** Which events a process has logged. */
class LoggedEvents {
  readonly #seen = new Set<string>();
  readonly #waiting = new Set<(message: string, metadata: Record<string, unknown>) => void>();

  add(message: string, metadata: Record<string, unknown>): void {
    if (this.#seen.size < MAX_EVENT_KINDS) this.#seen.add(message);
    for (const look of this.#waiting) look(message, metadata);
  }

  async said(message: string, ended: Promise<unknown>): Promise<void> {
    if (!this.#seen.has(message)) await this.says(message, ended);
  }

  says(wanted: string, ended: Promise<unknown>): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        outcome();
      };
      const look = (message: string, metadata: Record<string, unknown>) => {
        if (message === wanted) settle(() => resolve(metadata));
      };
      const fail = (why: string) =>
        settle(() => reject(new ServiceStartError(`"${wanted}" was not logged: ${why}`)));
      const timer = setTimeout(() => fail(`not within ${START_DEADLINE_MS} ms`), START_DEADLINE_MS);
      this.#waiting.add(look);
      ended.then(() => fail("the process ended"));
    });
  }
}

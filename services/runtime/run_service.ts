import {
  ConfigurationError,
  type Environment,
  readBoolean,
  readOptionalString,
} from "./configuration.ts";
import {
  configureLogs,
  createLogger,
  describeError,
  LOG_LEVELS,
  type Logger,
  type LogLevel,
} from "./log.ts";

/**
 * A signal that aborts when the process is asked to end (SIGINT, SIGTERM) and, `withParent`, when
 * its standard input ends: a pipe from the parent process, which closes however the parent ends.
 */
export function onShutdown(options: { withParent: boolean }): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(new DOMException("shutting down", "AbortError"));
  Deno.addSignalListener("SIGINT", abort);
  Deno.addSignalListener("SIGTERM", abort);
  if (options.withParent) drain(Deno.stdin.readable).then(abort, abort);
  return controller.signal;
}

async function drain(readable: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of readable);
}

/**
 * Runs one service as this process: JSON logs on standard output, `serve` until a signal asks for
 * the end. A wrong setting or a taken port ends it with a one-line reason and exit code 1.
 */
export async function runService(
  component: string,
  serve: (signal: AbortSignal, log: Logger) => Promise<void>,
  env: Environment = Deno.env,
): Promise<never> {
  const encoder = new TextEncoder();
  const write = (line: string) => {
    const bytes = encoder.encode(line);
    let written = 0;
    while (written < bytes.length) written += Deno.stdout.writeSync(bytes.subarray(written));
  };
  configureLogs("info", write);
  const log = createLogger(component);
  try {
    configureLogs(readLogLevel(env), write);
    const withParent = readBoolean(env, "DT_STOP_WITH_PARENT", false);
    await serve(onShutdown({ withParent }), log);
    Deno.exit(0);
  } catch (error) {
    const reason = oneLineReason(error);
    if (reason === undefined) log.error("service failed", { error });
    console.error(`${component}: ${reason ?? describeError(error)}`);
    Deno.exit(1);
  }
}

/**
 * `DT_LOG_LEVEL`, by default "info".
 *
 * @throws {ConfigurationError}
 */
export function readLogLevel(env: Environment): LogLevel {
  const level = readOptionalString(env, "DT_LOG_LEVEL") ?? "info";
  const known = LOG_LEVELS.find((name) => name === level);
  if (known === undefined) {
    throw new ConfigurationError(`DT_LOG_LEVEL is "${level}", none of ${LOG_LEVELS.join(", ")}`);
  }
  return known;
}

/** What an operator can mend at once, or undefined for anything else. */
export function oneLineReason(error: unknown): string | undefined {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof Deno.errors.AddrInUse || /address (already )?in use/i.test(String(error))) {
    return `a port is taken: ${error instanceof Error ? error.message : error}`;
  }
  return undefined;
}

import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import { trace } from "@opentelemetry/api";

/**
 * What a log line says beyond its event name. Identifiers become the top-level fields of the
 * specification ("Observability, Logging"); everything else goes into `metadata`.
 */
export interface LogFields {
  readonly meetingId?: string;
  readonly participantId?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Something caught; logged as its name and message. */
  readonly error?: unknown;
  readonly [metadata: string]: unknown;
}

/**
 * Writes structured events. The message names the event and holds no values, so that lines of one
 * kind can be counted.
 *
 * - `debug`: for someone who follows one connection.
 * - `info`: a change of state that an operator would tell as the story of the day.
 * - `warn`: something was lost, refused or retried; the service goes on as promised.
 * - `error`: a promise is broken; someone should look.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  with(fields: LogFields): Logger;
}

/** Levels that `DT_LOG_LEVEL` may name, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

const ROOT_CATEGORY = "dark-tower";

/**
 * A logger for `component` (such as "media-handler"). Silent until {@link configureLogs} ran, so
 * that services embedded in tests print nothing.
 */
export function createLogger(component: string, bound: LogFields = {}): Logger {
  const target = getLogger([ROOT_CATEGORY, component]);
  const merge = (fields: LogFields | undefined) => ({ ...bound, ...fields });
  return {
    debug: (message, fields) => target.debug(message, merge(fields)),
    info: (message, fields) => target.info(message, merge(fields)),
    warn: (message, fields) => target.warn(message, merge(fields)),
    error: (message, fields) => target.error(message, merge(fields)),
    with: (fields) => createLogger(component, { ...bound, ...fields }),
  };
}

/** Sends the logs of this process to `write`, one JSON line each. Called once, by `runService`. */
export function configureLogs(level: LogLevel, write: (line: string) => void): void {
  configureSync({
    sinks: { lines: (record) => write(formatLogRecord(record)) },
    loggers: [
      { category: ROOT_CATEGORY, sinks: ["lines"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "error" },
    ],
    reset: true,
  });
}

/** One JSON line with the specification's fields, ended by a line feed. */
export function formatLogRecord(record: LogRecord): string {
  const { meetingId, participantId, traceId, spanId, error, ...metadata } = record
    .properties as LogFields;
  const span = trace.getActiveSpan()?.spanContext();
  const line = {
    timestamp: new Date(record.timestamp).toISOString(),
    level: record.level === "warning" ? "warn" : record.level === "fatal" ? "error" : record.level,
    component: record.category.at(1) ?? record.category[0],
    trace_id: traceId ?? span?.traceId,
    span_id: spanId ?? span?.spanId,
    meeting_id: meetingId,
    participant_id: participantId,
    message: record.message.join(""),
    metadata: {
      ...metadata,
      ...(error === undefined ? {} : { error: describeError(error) }),
    },
  };
  return `${JSON.stringify(line, jsonValue)}\n`;
}

/** Name and message of anything that was thrown, and its cause's. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` (${describeError(error.cause)})`;
  return `${error.name}: ${error.message}${cause}`;
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return describeError(value);
  return value;
}

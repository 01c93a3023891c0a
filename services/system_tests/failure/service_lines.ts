/** An event that a service logged. */
export interface ServiceEvent {
  /** Which process: its name, and how often a process of this name had started. */
  readonly process: string;
  /** When it was read here, milliseconds of `performance.now`: the service's own clock may be off. */
  readonly atMs: number;
  /** What time the process thought it was, milliseconds since the Unix epoch. */
  readonly saidAtMs: number;
  readonly level: string;
  readonly message: string;
  readonly meetingId: string | undefined;
  readonly participantId: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Most events that are kept; a test that logs more has to look sooner. */
const MAX_EVENTS = 200_000;

/** The log of all services of a stack, in the order in which it was read. */
export class ServiceLines {
  readonly events: ServiceEvent[] = [];
  /** What was no event, such as the stack trace of a crash. */
  readonly plain: string[] = [];
  readonly #starts = new Map<string, number>();

  /**
   * Takes one line that the service `name` printed.
   *
   * @throws {RangeError} when there are too many.
   */
  add(name: string, line: string): void {
    const record = readRecord(line);
    if (record === undefined) {
      if (this.plain.length < MAX_EVENTS) this.plain.push(`${name} ${line}`);
      return;
    }
    if (this.events.length >= MAX_EVENTS) throw new RangeError("too many log lines for one test");
    // The first that a process tells of other processes comes after it.
    if (record.message === "listening") this.#starts.set(name, (this.#starts.get(name) ?? 0) + 1);
    this.events.push({
      process: `${name}#${this.#starts.get(name) ?? 0}`,
      atMs: performance.now(),
      saidAtMs: Date.parse(String(record.timestamp)),
      level: String(record.level ?? ""),
      message: record.message,
      meetingId: record.meeting_id,
      participantId: record.participant_id,
      metadata: record.metadata ?? {},
    });
  }

  /** The events called `message`, of one meeting if it is given. */
  named(message: string, meetingId?: string): ServiceEvent[] {
    return this.events.filter((event) =>
      event.message === message && (meetingId === undefined || event.meetingId === meetingId)
    );
  }
}

interface LogRecord {
  readonly timestamp?: unknown;
  readonly level?: unknown;
  readonly message: string;
  readonly meeting_id?: string;
  readonly participant_id?: string;
  readonly metadata?: Record<string, unknown>;
}

function readRecord(line: string): LogRecord | undefined {
  try {
    const record = JSON.parse(line);
    return typeof record?.message === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}

import { join } from "node:path";

const COLORS: Readonly<Record<string, string>> = { warn: "\x1b[33m", error: "\x1b[31m" };
const DIM = "\x1b[2m";
const RESET = "\x1b[0m";

/** Shows the services' JSON logs as short lines and keeps them whole in one file for each. */
export class LogView implements Disposable {
  readonly #directory: string;
  readonly #files = new Map<string, Deno.FsFile>();
  readonly #encoder = new TextEncoder();

  constructor(directory: string) {
    this.#directory = directory;
    Deno.mkdirSync(directory, { recursive: true });
  }

  /** Takes one line that the process `name` printed. */
  show(name: string, line: string): void {
    this.#file(name).writeSync(this.#encoder.encode(`${line}\n`));
    console.log(formatLine(name, line));
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #file(name: string): Deno.FsFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      const path = join(this.#directory, `${name}.jsonl`);
      file = Deno.openSync(path, { write: true, create: true, truncate: true });
      this.#files.set(name, file);
    }
    return file;
  }
}

/** One JSON log line for a person at a terminal; any other line as it is, behind its name. */
export function formatLine(name: string, line: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return `${DIM}${name.padEnd(18)}${RESET} ${line}`;
  }
  if (record.message === "first administrator") {
    const { url } = record.metadata as { url: string };
    return `\nBecome the first administrator: ${url}\n`;
  }
  const time = String(record.timestamp ?? "").slice(11, 23);
  const ids = ["meeting_id", "participant_id"]
    .filter((id) => typeof record[id] === "string")
    .map((id) => `${id.slice(0, -3)}=${String(record[id]).slice(0, 8)}`);
  const metadata = Object.entries((record.metadata ?? {}) as Record<string, unknown>)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const color = COLORS[String(record.level)] ?? "";
  const rest = [...ids, ...metadata].join(" ");
  return `${DIM}${time} ${
    name.padEnd(18)
  }${RESET} ${color}${record.message}${RESET} ${DIM}${rest}${RESET}`;
}

import { fileURLToPath } from "node:url";
import { ROOT } from "../../../services/stack/stack.ts";
import { readJsonLines, writeJsonLine } from "./json_lines.ts";
import type { Order, Results } from "./load.ts";

/**
 * Thousands of clients in one process: each of its collections of young objects would stop all of
 * them for tens of milliseconds, which count as the server's. In life each has a process of its own.
 */
const V8_FLAGS = "--v8-flags=--min-semi-space-size=128,--max-semi-space-size=128";

/** A process with people in meetings, who do as they are told, one order after the other. */
export class LoadGenerator implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #results: AsyncGenerator<Results[keyof Results], void>;

  constructor() {
    const path = fileURLToPath(new URL("./load_process.ts", import.meta.url));
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", V8_FLAGS, path],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#results = readJsonLines(this.#child.stdout);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** @throws {Error} when the process ends. */
  async tell<Kind extends Order["order"]>(order: Order & { order: Kind }): Promise<Results[Kind]> {
    await this.#input.write(writeJsonLine(order));
    const { done, value } = await this.#results.next();
    if (done) throw new Error("the load generator ended");
    return value as Results[Kind];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => undefined);
    await this.#results.return();
    await this.#child.status;
  }
}

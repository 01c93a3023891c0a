import { fileURLToPath } from "node:url";
import { ROOT } from "../../../services/stack/stack.ts";
import { TextLineStream } from "../../../services/stack/text_line_stream.ts";
import type { Load, LoadResult } from "./load.ts";

/** A process that sends loads, one after the other. */
export class LoadGenerator implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  constructor() {
    const path = fileURLToPath(new URL("./load_process.ts", import.meta.url));
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", path],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout
      .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends one load. @throws {Error} when the process ends. */
  async send(load: Load): Promise<LoadResult> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(load)}\n`));
    const { done, value } = await this.#answers.read();
    if (done) throw new Error("the load generator ended");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => undefined);
    await this.#answers.cancel().catch(() => undefined);
    await this.#child.status;
  }
}

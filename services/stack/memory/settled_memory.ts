import { fileURLToPath } from "node:url";
import type { StackOptions } from "../../../services/stack/stack.ts";
import { readProcessUsage } from "../process_usage.ts";

/** Memory of a process after everything was collected that nobody needs, bytes. */
export interface SettledMemory {
  readonly residentBytes: number;
  /** Of V8's heap. */
  readonly heapBytes: number;
}

/** Has a stack's meeting controller collect its garbage when asked, and reads what remains. */
export class MemoryGauge {
  #settled: PromiseWithResolvers<number> | undefined;

  /** What the stack has to be started with. */
  readonly stackOptions: Pick<StackOptions, "envOf" | "preloadOf" | "onLine"> = {
    envOf: ({ name }): Record<string, string> =>
      name === "meeting-controller" ? { DENO_V8_FLAGS: "--expose-gc" } : {},
    preloadOf: ({ name }) =>
      name === "meeting-controller"
        ? [fileURLToPath(new URL("./settled_heap.ts", import.meta.url))]
        : [],
    onLine: (_, line) => {
      if (!line.includes('"heap settled"')) return;
      this.#settled?.resolve(JSON.parse(line).metadata.heapUsed);
    },
  };

  /** Reads the memory of the process `pid`, which was started with {@link stackOptions}. */
  async read(pid: number): Promise<SettledMemory> {
    this.#settled = Promise.withResolvers();
    Deno.kill(pid, "SIGUSR2");
    const heapBytes = await this.#settled.promise;
    const { residentBytes } = await readProcessUsage(pid);
    return { residentBytes, heapBytes };
  }
}

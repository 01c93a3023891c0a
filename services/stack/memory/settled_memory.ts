import { fileURLToPath } from "node:url";
import type { ServiceProcess } from "../service_process.ts";
import { readProcessMemory } from "./process_memory.ts";

/** With what a process must be started for {@link readSettledMemory}. */
export const SETTLING = {
  preload: fileURLToPath(new URL("./settle_on_signal.ts", import.meta.url)),
  v8Flag: "--expose-gc",
} as const;

/** Memory of a process after everything was collected that nobody needs, bytes. */
export interface SettledMemory {
  /** What the process itself holds, in V8's heap and outside, without what V8 keeps free. */
  readonly usedBytes: number;
  /** Of V8's heap. */
  readonly heapBytes: number;
}

/**
 * Has a process of a stack with `settles` collect its garbage, and reads what remains: how much of
 * the resident memory is garbage differs by the size of V8's young generation, and by chance.
 *
 * @throws {ServiceStartError} when it does not answer, such as one that was not started for it.
 */
export async function readSettledMemory(service: ServiceProcess): Promise<SettledMemory> {
  const settled = service.says("heap settled");
  service.kill("SIGUSR2");
  const { heapUsed, heapTotal } = await settled as { heapUsed: number; heapTotal: number };
  const anonymous = await readProcessMemory(service.pid);
  return { usedBytes: anonymous - (heapTotal - heapUsed), heapBytes: heapUsed };
}

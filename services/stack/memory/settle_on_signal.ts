// Loaded before a service's own modules, in a process whose V8 exposes its garbage collector:
// SIGUSR2 has it collect everything that can be, and say so by a log event.
import { createLogger } from "../../runtime/log.ts";

/**
 * Allocated before collecting, bytes: three times the largest young generation that a service asks
 * for (stack.ts). V8 keeps the pages of that generation once it has written to them; here it has
 * written to all of them before anything is read, so that no reading is higher for it than another.
 */
const YOUNG_GARBAGE_BYTES = 192 * 1024 * 1024;
/** Of one array of a hundred elements, as V8 allocates it. */
const GARBAGE_ARRAY_BYTES = 816;
/** What the first run finalises is free only in the second; so much for what frees other memory. */
const RUNS = 3;
/** How long what is finalised may take to free what it holds outside of V8, milliseconds. */
const FINALISING_MS = 500;
/** How long V8 may take to give the pages back that it counts no more, milliseconds. */
const UNMAPPING_MS = 500;

const { gc } = globalThis as { gc?: () => void };
if (gc === undefined) throw new Error("start this process with --expose-gc");
const log = createLogger("memory");

Deno.addSignalListener("SIGUSR2", () => {
  let last: unknown[] = [];
  for (let bytes = 0; bytes < YOUNG_GARBAGE_BYTES; bytes += GARBAGE_ARRAY_BYTES) {
    last = new Array(100);
  }
  last.length = 0;
  for (let run = 0; run < RUNS; run++) gc();
  setTimeout(() => {
    gc();
    const { heapUsed } = Deno.memoryUsage();
    setTimeout(() => {
      log.info("heap settled", { heapUsed, heapTotal: Deno.memoryUsage().heapTotal });
    }, UNMAPPING_MS);
  }, FINALISING_MS);
});

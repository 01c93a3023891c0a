/** What the machine's processors have done so far, all together, in clock ticks. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly idle: number;
}

/**
 * Reads what the processors have done since the machine started.
 *
 * @throws {Deno.errors.NotFound} when this is not Linux.
 */
export function readProcessorTimes(): ProcessorTimes {
  return parseProcessorTimes(Deno.readTextFileSync("/proc/stat"));
}

/** The first line of /proc/stat (proc_stat(5)): user, nice, system, idle, iowait, irq, … */
export function parseProcessorTimes(text: string): ProcessorTimes {
  const ticks = text.slice(0, text.indexOf("\n")).trim().split(/\s+/).slice(1, 9).map(Number);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busy: ticks.reduce((sum, each) => sum + each, 0) - idle, idle };
}

/** Share of all processors' time that was used between two readings, 0 to 1. */
export function busyShare(earlier: ProcessorTimes, later: ProcessorTimes): number {
  const busy = later.busy - earlier.busy;
  const all = busy + later.idle - earlier.idle;
  return all <= 0 ? 0 : busy / all;
}

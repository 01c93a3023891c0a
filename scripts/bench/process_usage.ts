/** Clock ticks a second of `/proc/PID/stat` (sysconf _SC_CLK_TCK, 100 on every Linux port). */
const TICKS_PER_SECOND = 100;

/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system time of all its threads, milliseconds (10 ms resolution). */
  readonly cpuMs: number;
  /** Resident memory, bytes. */
  readonly residentBytes: number;
}

/**
 * Reads the usage of process `pid` from /proc.
 *
 * @throws {Deno.errors.NotFound} when there is no such process, or this is not Linux.
 */
export async function readProcessUsage(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    Deno.readTextFile(`/proc/${pid}/stat`),
    Deno.readTextFile(`/proc/${pid}/status`),
  ]);
  // The second field is the name in parentheses, which may hold anything but a last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
  return { cpuMs: (ticks / TICKS_PER_SECOND) * 1000, residentBytes: resident * 1024 };
}

/** The machine's load average of the last minute and its number of processors, in words. */
export function describeLoad(): string {
  return `load ${Deno.loadavg()[0]!.toFixed(2)} on ${navigator.hardwareConcurrency} cores`;
}

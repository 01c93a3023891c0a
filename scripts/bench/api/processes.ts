import { readProcessUsage } from "../process_usage.ts";

/** A process and all that descend from it. */
export async function processTree(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = await parentOf(Number(name)).catch(() => undefined); // It may have ended.
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const tree = [pid];
  for (const member of tree) {
    for (const [child, parent] of parents) if (parent === member) tree.push(child);
  }
  return tree;
}

/** The process that started `pid`. @throws {Deno.errors.NotFound} when there is no such process. */
export async function parentOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The second field is the name in parentheses, which may hold anything but a last parenthesis.
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Processor time that these processes have used so far, milliseconds; those that ended, none. */
export async function cpuMsOf(pids: readonly number[]): Promise<number> {
  const usages = await Promise.all(
    pids.map((pid) => readProcessUsage(pid).then(({ cpuMs }) => cpuMs, () => 0)),
  );
  return usages.reduce((sum, cpuMs) => sum + cpuMs, 0);
}

/**
 * Lets all threads of these processes, and what they start from now on, run on one core only.
 *
 * @throws {Error} without `taskset` (util-linux), or without such a core.
 */
export async function pinTo(core: number, pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    const { success, stderr } = await new Deno.Command("taskset", {
      args: ["--all-tasks", "--cpu-list", "--pid", String(core), String(pid)],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`taskset: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/**
 * Anonymous memory of a process of this machine that is resident, bytes: its heap and what libraries
 * such as QUIC's hold for it, without files and program code (`RssAnon`, proc_pid_status(5)).
 *
 * @throws {Deno.errors.NotFound} when there is no such process, or this is not Linux.
 */
export async function readProcessMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)![1]) * 1_024;
}

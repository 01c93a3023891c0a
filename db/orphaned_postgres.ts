import { join } from "node:path";

/** How long an orphan may take to end after each signal, milliseconds. */
const ORPHAN_DEADLINE_MS = 10_000;
const ORPHAN_POLL_MS = 20;

/**
 * Ends the server that still runs on `cluster` because the process that started it was killed, and
 * removes the `postmaster.pid` of one that died itself. The caller holds the directory's lock, so a
 * server found here has no owner.
 *
 * @throws {Error} when it does not end.
 */
export async function stopOrphan(cluster: string): Promise<void> {
  const pidFile = join(cluster, "postmaster.pid");
  const pid = await readPid(pidFile);
  if (pid === undefined) return;
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    // A number that was used again belongs to a stranger: only a server of this cluster is ended.
    if (!(await commandLine(pid)).includes(cluster)) break;
    try {
      Deno.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const deadline = performance.now() + ORPHAN_DEADLINE_MS;
    while (performance.now() < deadline && (await commandLine(pid)).includes(cluster)) {
      await new Promise((resolve) => setTimeout(resolve, ORPHAN_POLL_MS));
    }
  }
  if ((await commandLine(pid)).includes(cluster)) {
    throw new Error(`PostgreSQL process ${pid} on ${cluster} does not end`);
  }
  await Deno.remove(pidFile).catch(() => undefined);
}

async function readPid(pidFile: string): Promise<number | undefined> {
  const text = await Deno.readTextFile(pidFile).catch(() => "");
  const pid = Number.parseInt(text.split("\n")[0] ?? "", 10);
  return pid > 1 ? pid : undefined;
}

/** The arguments of a live process, or the empty string. */
async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === "linux") {
    return (await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")).replaceAll("\0", " ");
  }
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "args=", "-p", String(pid)] })
    .output();
  return new TextDecoder().decode(stdout);
}

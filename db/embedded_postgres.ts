import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stopOrphan } from "./orphaned_postgres.ts";
import { installPostgresBinaries } from "./postgres_binaries.ts";

/** PostgreSQL refuses to run as root, so root starts it as this user ("nobody"). */
const UNPRIVILEGED_ID = 65_534;
/** How long the server may take to accept connections, milliseconds; recovery included. */
const START_DEADLINE_MS = 60_000;
/** How long a stop may take before the server is told to drop everything, milliseconds. */
const STOP_DEADLINE_MS = 10_000;
/** Attempts to find a port that nobody takes between choosing it and binding it. */
const PORT_ATTEMPTS = 5;
/** How much of the server's log is kept to explain a failed start, characters. */
const LOG_TAIL_LENGTH = 4_096;
/** What the server's log says; a standby says that its connections are read-only. */
const READY = /database system is ready to accept (read-only )?connections/;
const SUPERUSER = "dark_tower";
const DATABASE = "postgres";

/** The data directory belongs to a server that another process of ours runs. */
export class DataDirectoryInUseError extends Error {
  override readonly name = "DataDirectoryInUseError";
}

/** A running PostgreSQL server of our own. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** A `postgres://` URL of its superuser, on loopback. */
  readonly url: string;
  readonly port: number;
  /**
   * Ends this server and no other process. Idempotent.
   *
   * @param signal SIGINT, PostgreSQL's fast shutdown, by default; SIGQUIT, its immediate one, as a
   * crash: its next start recovers.
   */
  stop(signal?: "SIGINT" | "SIGQUIT"): Promise<void>;
}

/** Where to keep data, and how. */
export interface EmbeddedPostgresOptions {
  /**
   * Created when missing, used again when it holds a cluster. Root needs a path that other users can
   * pass through: where there is none, a folder under /var/lib/dark-tower stands in for it.
   */
  readonly dataDirectory: string;
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** Stops the server when it aborts. */
  readonly signal?: AbortSignal;
  /** False for tests: fast, and a crash of the machine may lose data. */
  readonly durable?: boolean;
}

/**
 * Starts a real PostgreSQL from npm's binaries, on 127.0.0.1 only, with a generated password
 * (SCRAM). A server left behind by a killed run is ended first.
 *
 * @throws {DataDirectoryInUseError} when another live process of ours uses the directory.
 * @throws {Error} with the end of the server's log when it does not start.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const root = Deno.uid() === 0;
  const binaries = await installPostgresBinaries(cacheDirectory(root));
  const home = await preparedDirectory(options.dataDirectory, root);
  const lock = await takeLock(home);
  try {
    const cluster = join(home, "cluster");
    const account = root ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
    const password = await initializedCluster(binaries, home, cluster, account, options.durable);
    await stopOrphan(cluster);
    const { child, port } = await launch(binaries, cluster, account, options);
    const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
    return ownedServer(child, lock, url, port, options.signal);
  } catch (error) {
    lock.close();
    throw error;
  }
}

type Account = { uid?: number; gid?: number };

function cacheDirectory(root: boolean): string {
  if (root) return "/var/cache/dark-tower";
  return join(Deno.env.get("XDG_CACHE_HOME") || join(homedir(), ".cache"), "dark-tower");
}

async function preparedDirectory(wanted: string, root: boolean): Promise<string> {
  const home = root ? await reachableDirectory(resolve(wanted)) : resolve(wanted);
  await Deno.mkdir(home, { recursive: true });
  if (root) await Deno.chown(home, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  await Deno.chmod(home, 0o700);
  return home;
}

/** `wanted`, unless a folder above it shuts other users out (a checkout in /root does). */
async function reachableDirectory(wanted: string): Promise<string> {
  for (let folder = dirname(wanted); folder !== dirname(folder); folder = dirname(folder)) {
    const mode = await Deno.stat(folder).then((info) => info.mode, () => null);
    if (mode === null || (mode & 0o001) !== 0) continue;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(wanted));
    return join("/var/lib/dark-tower", new Uint8Array(digest).toHex().slice(0, 16));
  }
  return wanted;
}

/** Holds the directory for this process; the system frees it however the process ends. */
async function takeLock(home: string): Promise<Deno.FsFile> {
  const file = await Deno.open(join(home, "lock"), { create: true, write: true });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new DataDirectoryInUseError(`the database in ${home} is in use by another process`);
}

/** Creates the cluster when there is none; answers its superuser's password. */
async function initializedCluster(
  binaries: string,
  home: string,
  cluster: string,
  account: Account,
  durable = true,
): Promise<string> {
  const passwordFile = join(home, "password");
  // Without the mark, a killed initdb left a part of a cluster.
  const complete = await Deno.stat(join(home, "complete")).then(() => true, () => false);
  if (complete) return await Deno.readTextFile(passwordFile);
  await Deno.remove(cluster, { recursive: true }).catch(() => undefined);
  const password = crypto.getRandomValues(new Uint8Array(24)).toHex();
  await Deno.writeTextFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined) {
    await Deno.chown(passwordFile, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  }
  const { success, stdout, stderr } = await new Deno.Command(join(binaries, "bin", "initdb"), {
    ...account,
    args: [
      `--pgdata=${cluster}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      ...(durable ? [] : ["--no-sync"]),
    ],
    cwd: home,
    clearEnv: true,
    env: serverEnvironment(),
  }).output();
  if (!success) {
    const text = new TextDecoder().decode(stderr) || new TextDecoder().decode(stdout);
    throw new Error(`initdb failed: ${text.trim().slice(-LOG_TAIL_LENGTH)}`);
  }
  await Deno.writeTextFile(join(home, "complete"), "");
  return password;
}

/** Nothing of ours leaks into the server, and its messages stay English for `waitUntilReady`. */
function serverEnvironment(): Record<string, string> {
  return { PATH: Deno.env.get("PATH") ?? "", LC_ALL: "C", TZ: "UTC" };
}

async function launch(
  binaries: string,
  cluster: string,
  account: Account,
  options: EmbeddedPostgresOptions,
): Promise<{ child: Deno.ChildProcess; port: number }> {
  for (let attempt = 1;; attempt++) {
    const port = options.port || freePort();
    const child = new Deno.Command(join(binaries, "bin", "postgres"), {
      ...account,
      args: serverArguments(cluster, port, options.durable ?? true),
      cwd: cluster,
      clearEnv: true,
      env: serverEnvironment(),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      // Ctrl-C in a terminal must not end it before the services that still write to it.
      detached: true,
    }).spawn();
    const failure = await waitUntilReady(child);
    if (failure === undefined) return { child, port };
    if (!options.port && attempt < PORT_ATTEMPTS && /could not bind/.test(failure)) continue;
    throw new Error(`PostgreSQL did not start: ${failure}`);
  }
}

function serverArguments(cluster: string, port: number, durable: boolean): string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "64MB",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", cluster, ...flags];
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Resolves with undefined once connections are accepted, or with what the server's log said. */
function waitUntilReady(child: Deno.ChildProcess): Promise<string | undefined> {
  const ready = Promise.withResolvers<string | undefined>();
  const deadline = setTimeout(() => kill(child, "SIGKILL"), START_DEADLINE_MS);
  let tail = "";
  // Reads to the end, so that the server never blocks on a full pipe.
  const drain = async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      tail = (tail + text).slice(-LOG_TAIL_LENGTH);
      if (READY.test(tail)) ready.resolve(undefined);
    }
    await child.status;
    ready.resolve(tail.trim());
  };
  drain().catch((error) => ready.resolve(`${tail.trim()} ${error}`));
  return ready.promise.finally(() => clearTimeout(deadline));
}

function ownedServer(
  child: Deno.ChildProcess,
  lock: Deno.FsFile,
  url: string,
  port: number,
  aborting: AbortSignal | undefined,
): EmbeddedPostgres {
  const leave = () => kill(child, "SIGINT");
  globalThis.addEventListener("unload", leave);
  let stopped: Promise<void> | undefined;
  const end = async (signal: "SIGINT" | "SIGQUIT") => {
    globalThis.removeEventListener("unload", leave);
    aborting?.removeEventListener("abort", stopQuietly);
    kill(child, signal);
    const deadline = setTimeout(() => kill(child, "SIGQUIT"), STOP_DEADLINE_MS);
    try {
      await child.status;
    } finally {
      clearTimeout(deadline);
      lock.close();
    }
  };
  const stop = (signal: "SIGINT" | "SIGQUIT" = "SIGINT") => stopped ??= end(signal);
  const stopQuietly = () => void stop().catch(() => undefined);
  if (aborting?.aborted) stopQuietly();
  else aborting?.addEventListener("abort", stopQuietly, { once: true });
  return { url, port, stop, [Symbol.asyncDispose]: () => stop() };
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. */
function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already, which is what was wanted.
  }
}

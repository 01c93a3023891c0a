import { join } from "node:path";

/** What the pages are made of, from the root of the repository. */
const SOURCES = [
  "client/src",
  "client/api_client",
  "client/core",
  "client/adapter",
  "client/static",
  "proto",
];
const SOURCE_FILES = ["client/vite.config.ts", "client/package.json", "deno.lock"];

async function newestChange(path: string): Promise<number> {
  let newestMs = 0;
  try {
    const file = await Deno.stat(path);
    if (!file.isDirectory) return file.mtime?.getTime() ?? 0;
    newestMs = file.mtime?.getTime() ?? 0;
    for await (const entry of Deno.readDir(path)) {
      newestMs = Math.max(newestMs, await newestChange(join(path, entry.name)));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return newestMs;
}

/** Where the built pages' fetch handler stands, from the root of the repository. */
export const PAGES_HANDLER = "client/build/handler.js";

/**
 * Builds the pages for production unless the build is newer than all of its sources.
 *
 * @throws {Error} when the build fails; its output was shown.
 */
export async function buildPages(root: string): Promise<void> {
  const changes = await Promise.all(
    [...SOURCES, ...SOURCE_FILES].map((path) => newestChange(join(root, path))),
  );
  if (await newestChange(join(root, PAGES_HANDLER)) > Math.max(...changes)) return;
  console.log("\n── building the pages");
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "npm:vite@8.3.8", "build", "--logLevel", "warn"],
    cwd: join(root, "client"),
    env: { NODE_ENV: "production" },
    stdin: "null",
  }).output().then(async (output) => {
    if (!output.success) {
      await Deno.stdout.write(output.stdout);
      await Deno.stderr.write(output.stderr);
    }
    return output;
  });
  if (!success) throw new Error("the pages could not be built");
}

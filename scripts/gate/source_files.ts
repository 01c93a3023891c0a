import { join } from "node:path";

const SKIPPED = new Set(["node_modules", ".git", ".dark-tower", ".svelte-kit", "build", "gen"]);

/** Paths of all source files below `root` that end in one of `endings`, relative to it, sorted. */
export async function sourceFiles(root: string, endings: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const walk = async (directory: string) => {
    for await (const entry of Deno.readDir(join(root, directory))) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory && !SKIPPED.has(entry.name)) await walk(path);
      else if (entry.isFile && endings.some((ending) => path.endsWith(ending))) found.push(path);
    }
  };
  await walk("");
  return found.sort();
}

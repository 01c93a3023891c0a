/**
 * Generates proto/gen from the .proto files. With `--check` nothing is changed: it lints the files
 * and ends with exit code 1 when proto/gen is not what they generate.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const proto = join(root, "proto");

async function buf(...args: string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "npm:@bufbuild/buf@1.74.0", ...args],
    cwd: proto,
    stdin: "null",
  }).output();
  if (code !== 0) Deno.exit(code);
}

/** Every generated file below `directory`, by its path relative to it. */
async function generatedFiles(directory: string, prefix = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of Deno.readDir(join(directory, prefix))) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory) {
      for (const [name, text] of await generatedFiles(directory, path)) files.set(name, text);
    } else {
      files.set(path, await Deno.readTextFile(join(directory, path)));
    }
  }
  return files;
}

if (Deno.args.includes("--check")) {
  const fresh = await Deno.makeTempDir();
  try {
    await buf("lint");
    await buf("generate", "--output", fresh);
    const [expected, actual] = await Promise.all([
      generatedFiles(join(fresh, "gen")),
      generatedFiles(join(proto, "gen")),
    ]);
    const stale = [...new Set([...expected.keys(), ...actual.keys()])]
      .filter((path) => expected.get(path) !== actual.get(path));
    if (stale.length > 0) {
      console.error(`proto/gen is stale, run "deno task proto": ${stale.join(", ")}`);
      Deno.exit(1);
    }
  } finally {
    await Deno.remove(fresh, { recursive: true });
  }
} else {
  await buf("generate");
}

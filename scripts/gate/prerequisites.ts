/** A program that the tests need and a fresh machine may lack. */
export interface Prerequisite {
  readonly name: string;
  /** Any of these on PATH will do. */
  readonly executables: readonly string[];
  /** The package that brings it, by package manager. */
  readonly packages: { readonly apt: string; readonly dnf: string; readonly brew: string };
}

/** What `deno task test` needs beside Deno. */
export const TEST_PREREQUISITES: readonly Prerequisite[] = [
  {
    name: "Chromium",
    executables: ["chromium", "chromium-browser", "google-chrome"],
    packages: { apt: "chromium", dnf: "chromium", brew: "--cask chromium" },
  },
  {
    name: "Redis",
    executables: ["redis-server", "valkey-server"],
    packages: { apt: "redis-server", dnf: "valkey", brew: "redis" },
  },
];

/** The first of `names` on PATH, or undefined. */
export async function findExecutable(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
      try {
        const path = `${directory}/${name}`;
        const file = await Deno.stat(path);
        if (file.isFile && ((file.mode ?? 0o111) & 0o111) !== 0) return path;
      } catch {
        // Not in this directory.
      }
    }
  }
  return undefined;
}

async function run(command: string, args: string[]): Promise<boolean> {
  console.log(`$ ${command} ${args.join(" ")}`);
  const { success } = await new Deno.Command(command, {
    args,
    stdin: "null",
    env: { DEBIAN_FRONTEND: "noninteractive" },
  }).output();
  return success;
}

/**
 * Makes sure that `prerequisites` are on PATH: installs what is missing with the system's package
 * manager when this process may.
 *
 * @returns one line for each that is still missing, with the command that installs it.
 */
export async function ensurePrerequisites(
  prerequisites: readonly Prerequisite[],
): Promise<string[]> {
  const missing = async () => {
    const found = await Promise.all(
      prerequisites.map(({ executables }) => findExecutable(executables)),
    );
    return prerequisites.filter((_, index) => found[index] === undefined);
  };
  let wanted = await missing();
  if (wanted.length === 0) return [];
  const manager = await packageManager();
  const packages = wanted.map((item) => item.packages[manager]);
  if (manager === "apt" && Deno.uid() === 0) {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages]);
    wanted = await missing();
  } else if (manager === "dnf" && Deno.uid() === 0) {
    await run("dnf", ["install", "-y", "-q", ...packages]);
    wanted = await missing();
  }
  const command = {
    apt: "sudo apt-get install -y",
    dnf: "sudo dnf install -y",
    brew: "brew install",
  };
  return wanted.map((item) =>
    `${item.name} is missing; install it with: ${command[manager]} ${item.packages[manager]}`
  );
}

async function packageManager(): Promise<"apt" | "dnf" | "brew"> {
  if (await findExecutable(["apt-get"])) return "apt";
  if (await findExecutable(["dnf"])) return "dnf";
  return "brew";
}

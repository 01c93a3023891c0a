import { posix } from "node:path";

/** One import of one file. */
export interface Import {
  /** Path of the importing file from the root of the repository, with forward slashes. */
  readonly from: string;
  /** The specifier as written. */
  readonly specifier: string;
}

/** An import that the architecture does not allow, and why. */
export interface Violation extends Import {
  readonly reason: string;
}

/** What each part may import of ours, beside itself; a part is the longest prefix that fits. */
const ALLOWED: Readonly<Record<string, readonly string[] | "anything">> = {
  "proto": [],
  "db": [],
  "services/runtime": ["proto"],
  "services/global-controller": ["proto", "services/runtime", "db"],
  "services/meeting-controller": ["proto", "services/runtime", "db"],
  "services/media-handler": ["proto", "services/runtime"],
  "services/stack": ["proto", "services/runtime", "db"],
  "services/system_tests": [
    "proto",
    "db",
    "services/runtime",
    "services/stack",
    "services/global-controller",
    "services/meeting-controller",
    "services/media-handler",
    "client/api_client",
    "client/core",
  ],
  "client/api_client": [],
  "client/core": ["proto"],
  "client/src": ["proto", "client/core", "client/api_client"],
  "client": ["proto", "client/core", "client/src", "client/api_client"],
  "scripts": "anything",
};

/** Packages that only the named files may import, so that domain code stays free of them. */
const PACKAGES: readonly { specifier: RegExp; only: RegExp; reason: string }[] = [
  {
    specifier: /^postgres$/,
    only:
      /(^|\/)(main|connection|migrate|embedded_postgres)\.ts$|postgres[^/]*\.ts$|_contract_test\.ts$|^services\/system_tests\/|^scripts\//,
    reason: "a store's Postgres sibling is the only place for SQL",
  },
  {
    specifier: /^ioredis$/,
    only:
      /(^|\/)main\.ts$|redis[^/]*\.ts$|_contract_test\.ts$|^services\/system_tests\/|^scripts\//,
    reason: "a store's Redis sibling is the only place for Redis commands",
  },
];

const CROSS_PLATFORM = ["proto", "client/api_client", "client/core"];

function partOf(path: string): string | undefined {
  return Object.keys(ALLOWED)
    .filter((part) => path === part || path.startsWith(`${part}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Where in the repository a relative specifier or `#lib` alias leads; undefined for packages. */
function targetOf({ from, specifier }: Import): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  if (specifier.startsWith("#lib")) return posix.join("client/src/lib", specifier.slice(4));
  return undefined;
}

/** Checks who imports whom (see "The map of the tree" in README.md). */
export function findViolations(imports: readonly Import[]): Violation[] {
  const violations: Violation[] = [];
  for (const { from, specifier } of imports) {
    const part = partOf(from);
    if (part === undefined) continue;
    const target = targetOf({ from, specifier });
    const allowed = ALLOWED[part]!;
    if (target !== undefined) {
      const targetPart = partOf(target) ?? target;
      if (targetPart !== part && allowed !== "anything" && !allowed.includes(targetPart)) {
        violations.push({ from, specifier, reason: `${part} may not import ${targetPart}` });
      }
      continue;
    }
    for (const rule of PACKAGES) {
      if (rule.specifier.test(specifier) && !rule.only.test(from)) {
        violations.push({ from, specifier, reason: rule.reason });
      }
    }
    if (
      specifier.startsWith("node:") && CROSS_PLATFORM.includes(part) &&
      !from.endsWith("_test.ts")
    ) {
      violations.push({ from, specifier, reason: `${part} also runs in browsers` });
    }
    if (/^(https?|jsr):/.test(specifier)) {
      violations.push({ from, specifier, reason: "packages come from npm, by deno.json" });
    }
  }
  return violations;
}

const IMPORT_PATTERN =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

/** The specifiers that `source` (TypeScript or Svelte) imports, statically or dynamically. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT_PATTERN)].map((match) => (match[1] ?? match[2])!);
}

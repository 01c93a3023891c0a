/**
 * The quick gate: format, lint, types, import rules, generated code, unit tests, documentation
 * examples. `deno task ok NAME…` runs only the steps whose names contain one of the words.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findViolations, importsOf } from "./gate/import_rules.ts";
import { sourceFiles } from "./gate/source_files.ts";
import { printSummary, runStep, type Step, type StepResult } from "./gate/step.ts";
import { isUnitTest } from "./gate/test_kinds.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const client = join(root, "client");

async function checkImports(): Promise<StepResult> {
  const startedAtMs = performance.now();
  console.log("\n── import rules");
  const imports = [];
  for (const from of await sourceFiles(root, [".ts", ".svelte"])) {
    const source = await Deno.readTextFile(join(root, from));
    for (const specifier of importsOf(source)) imports.push({ from, specifier });
  }
  const violations = findViolations(imports);
  const reasons = violations
    .map(({ from, specifier, reason }) => `${from}: imports "${specifier}", but ${reason}`)
    .join("\n");
  console.log(`${imports.length} imports, ${violations.length} not allowed`);
  return {
    name: "import rules",
    succeeded: violations.length === 0,
    seconds: (performance.now() - startedAtMs) / 1000,
    passed: 0,
    failed: violations.length,
    reasons,
  };
}

const tests = (await sourceFiles(root, ["_test.ts"])).filter(isUnitTest);
// Pages and their browser-only folders have the DOM's types and are checked by svelte-check.
const typed = (await sourceFiles(root, [".ts"])).filter((path) =>
  !path.startsWith("client/") || /^client\/(api|core|adapter)\//.test(path) ||
  path === "client/vite.config.ts"
);
const steps: Step[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"], cwd: root },
  { name: "lint", args: ["lint", "--quiet"], cwd: root },
  { name: "types", args: ["check", "--quiet", ...typed], cwd: root },
  {
    name: "generated code",
    args: ["run", "-A", "scripts/codegen.ts", "--check"],
    cwd: root,
  },
  {
    name: "generated client of the API",
    args: ["run", "-A", "--no-check", "scripts/api_client.ts", "--check"],
    cwd: root,
  },
  {
    name: "pages: svelte-kit sync",
    args: ["run", "-A", "npm:@sveltejs/kit@3.2.0/svelte-kit", "sync"],
    cwd: client,
  },
  {
    name: "pages: types (svelte-check)",
    args: [
      "run",
      "-A",
      "npm:svelte-check@4.7.8",
      "--tsconfig",
      "./tsconfig.json",
      "--fail-on-warnings",
    ],
    cwd: client,
  },
  { name: "pages: lint (eslint)", args: ["run", "-A", "npm:eslint@9", "."], cwd: client },
  {
    name: "documentation examples",
    args: ["test", "-A", "--quiet", "--doc", "--no-run", "README.md", "proto/README.md"],
    cwd: root,
  },
  {
    name: "unit tests",
    args: [
      "test",
      "-A",
      "--quiet",
      "--no-check",
      "--parallel",
      "--sanitize-ops",
      "--sanitize-resources",
      ...tests,
    ],
    cwd: root,
    env: { DENO_JOBS: "2" },
    tests: true,
  },
];

const wanted = (name: string) =>
  Deno.args.length === 0 || Deno.args.some((word) => name.includes(word));
const results: StepResult[] = [];
for (const step of steps) if (wanted(step.name)) results.push(await runStep(step));
if (wanted("import rules")) results.push(await checkImports());
if (!printSummary(results)) Deno.exit(1);

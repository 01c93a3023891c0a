/**
 * Every test: unit, property, contract (stores), system (real processes), browser. Installs
 * Chromium and Redis when they are missing and it may, and fails with the reason otherwise.
 * `deno task test WORD…` runs only the files whose paths contain one of the words.
 */
import { fileURLToPath } from "node:url";
import { ensurePrerequisites, TEST_PREREQUISITES } from "./gate/prerequisites.ts";
import { sourceFiles } from "./gate/source_files.ts";
import { printSummary, runStep, type StepResult } from "./gate/step.ts";
import { isContractTest, isSystemTest, isUnitTest } from "./gate/test_kinds.ts";
import { buildPages } from "./pages_build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const missing = await ensurePrerequisites(TEST_PREREQUISITES);
if (missing.length > 0) {
  for (const line of missing) console.error(line);
  Deno.exit(1);
}

const wanted = (path: string) =>
  Deno.args.length === 0 || Deno.args.some((word) => path.includes(word));
const files = (await sourceFiles(root, ["_test.ts"])).filter(wanted);
const kinds = [
  { name: "unit and property tests", files: files.filter(isUnitTest), parallel: true },
  { name: "contract tests", files: files.filter(isContractTest), parallel: true },
  { name: "system and browser tests", files: files.filter(isSystemTest), parallel: false },
];

if (kinds[2]!.files.length > 0) await buildPages(root);

const results: StepResult[] = [];
for (const { name, files, parallel } of kinds) {
  if (files.length === 0) continue;
  results.push(
    await runStep({
      name,
      args: [
        "test",
        "-A",
        "--no-check",
        "--sanitize-ops",
        "--sanitize-resources",
        ...(parallel ? ["--parallel", "--quiet"] : []),
        ...files,
      ],
      cwd: root,
      tests: true,
    }),
  );
}
if (!printSummary(results)) Deno.exit(1);

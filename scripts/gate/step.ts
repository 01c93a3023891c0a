/** What one step of a gate printed and how it ended. */
export interface StepResult {
  readonly name: string;
  readonly succeeded: boolean;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  /** What failed and why, as `deno test` told it; empty when nothing did. */
  readonly reasons: string;
}

/** One command of a gate. */
export interface Step {
  readonly name: string;
  /** Arguments for this Deno. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Whether the step runs tests, whose counts are read from its closing line. */
  readonly tests?: boolean;
}

const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const CLOSING_LINE = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm;

const REASONS_HEADING = /^ (?:ERRORS|FAILURES) $/m;
/** Of each failed step; more would push the first of several steps out of what is kept of a log. */
const MAX_REASONS_CHARACTERS = 8_192;

/** Each failed test with its error, from the output of `deno test`: what stands below its heading. */
export function readReasons(output: string): string {
  const plain = output.replace(ANSI, "");
  const heading = REASONS_HEADING.exec(plain);
  const reasons = heading ? plain.slice(heading.index + heading[0].length).trim() : "";
  return reasons.length <= MAX_REASONS_CHARACTERS
    ? reasons
    : `${reasons.slice(0, MAX_REASONS_CHARACTERS)}\n… (the rest stands above)`;
}

/** The counts in the closing line of `deno test`, or undefined when it ran none. */
export function readTestCounts(output: string): { passed: number; failed: number } | undefined {
  const match = [...output.replace(ANSI, "").matchAll(CLOSING_LINE)].at(-1);
  return match && { passed: Number(match[1]), failed: Number(match[2]) };
}

/** Runs `step`, showing its output as it comes. A test step that ran no test has failed. */
export async function runStep(step: Step): Promise<StepResult> {
  const startedAtMs = performance.now();
  console.log(`\n── ${step.name}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...step.args],
    cwd: step.cwd,
    env: step.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, , status] = await Promise.all([
    show(child.stdout, Deno.stdout),
    show(child.stderr, Deno.stderr),
    child.status,
  ]);
  const counts = step.tests ? readTestCounts(stdout) : undefined;
  const ranTests = !step.tests || (counts !== undefined && counts.passed + counts.failed > 0);
  if (!ranTests) console.error(`${step.name}: no test ran`);
  return {
    name: step.name,
    succeeded: status.success && ranTests,
    seconds: (performance.now() - startedAtMs) / 1000,
    passed: counts?.passed ?? 0,
    failed: counts?.failed ?? (status.success ? 0 : 1),
    reasons: step.tests ? readReasons(stdout) : "",
  };
}

async function show(from: ReadableStream<Uint8Array>, to: { writeSync(p: Uint8Array): number }) {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of from) {
    let written = 0;
    while (written < chunk.length) written += to.writeSync(chunk.subarray(written));
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/**
 * Prints why steps failed (again, since what follows a failure may be long), one line for each
 * step, and the sum. Says whether all succeeded.
 */
export function printSummary(results: readonly StepResult[]): boolean {
  for (const { name, reasons } of results) {
    if (reasons !== "") console.log(`\n── Failed among the ${name}\n${reasons}`);
  }
  console.log("");
  for (const { name, succeeded, seconds, passed, failed } of results) {
    const counts = passed + failed > 0 ? `  ${passed} passed, ${failed} failed` : "";
    console.log(`${succeeded ? "✓" : "✗"} ${name}  ${seconds.toFixed(1)} s${counts}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return results.every((result) => result.succeeded);
}

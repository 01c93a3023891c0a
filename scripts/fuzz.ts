/**
 * `deno task fuzz [--seed N] [--inputs N]`: gives a million made-up inputs to each parser of what
 * comes over the network, and fails with the first that one does not stand. `deno task fuzz api`
 * sends ten thousand made-up requests to the REST API over a real database instead, and
 * `deno task fuzz signaling [--histories N]` a million hostile envelopes to meeting controllers,
 * and compares ten thousand histories of meetings with their model.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fuzz, FuzzFailure } from "./fuzz/fuzz_run.ts";
import { fuzzSignaling } from "./fuzz/signaling/signaling_fuzz.ts";
import { FUZZ_TARGETS } from "./fuzz/targets.ts";

const DEFAULT_INPUTS = 1_000_000;
const DEFAULT_REQUESTS = 10_000;
const DEFAULT_HISTORIES = 10_000;
const API_FUZZ = "services/global-controller/fuzz/api_fuzz_contract_test.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    inputs: { type: "string" },
    histories: { type: "string" },
  },
});
const seed = Number(values.seed);
const [what] = positionals;
const isApi = what === "api";
const isSignaling = what === "signaling";
const count = Number(values.inputs ?? (isApi ? DEFAULT_REQUESTS : DEFAULT_INPUTS));
const histories = Number(values.histories ?? DEFAULT_HISTORIES);
const isUnderstood = positionals.length === (isApi || isSignaling ? 1 : 0) &&
  (isSignaling || (values.histories === undefined && count > 0));
const isWhole = [seed, count, histories].every((one) => Number.isSafeInteger(one) && one >= 0);
if (!isUnderstood || !isWhole) {
  console.error(
    "usage: deno task fuzz [api] [--seed N] [--inputs N], or\n" +
      "  deno task fuzz signaling [--seed N] [--inputs N] [--histories N], whole numbers",
  );
  Deno.exit(2);
}
if (isApi) {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", API_FUZZ],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { DT_FUZZ_SEED: String(seed), DT_FUZZ_REQUESTS: String(count) },
  }).spawn().status;
  Deno.exit(code);
}

console.log(`seed ${seed}`);
if (isSignaling) {
  Deno.exit(await fuzzSignaling({ seed, inputs: count, histories }) ? 0 : 1);
}
for (const target of FUZZ_TARGETS) {
  const startedAtMs = performance.now();
  try {
    fuzz(target, { seed, count });
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    console.error(error.message, error.cause);
    Deno.exit(1);
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  console.log(`${target.name}: ${count} inputs in ${seconds.toFixed(1)} s`);
}

/**
 * `deno task fuzz [--seed N] [--inputs N]`: gives a million made-up inputs to each parser of what
 * comes over the network, and fails with the first that one does not stand.
 */
import { parseArgs } from "node:util";
import { fuzz, FuzzFailure } from "./fuzz/fuzz_run.ts";
import { FUZZ_TARGETS } from "./fuzz/targets.ts";

const DEFAULT_INPUTS = 1_000_000;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    inputs: { type: "string", default: String(DEFAULT_INPUTS) },
  },
});
const seed = Number(values.seed);
const count = Number(values.inputs);
if (!Number.isSafeInteger(seed) || !(Number.isSafeInteger(count) && count > 0)) {
  console.error("usage: deno task fuzz [--seed N] [--inputs N], whole numbers");
  Deno.exit(2);
}

console.log(`seed ${seed}`);
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

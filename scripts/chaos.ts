/**
 * `deno task chaos [--part recovery|run] [--seed N] [--minutes N] [--kills N] [--json]`: breaks what
 * meetings stand on, and tells how soon all is well again (part recovery) and whether every promise
 * was kept (part run). With `--json` standard output holds one array of figures and nothing else.
 * Ends with 1 when a figure does not hold.
 */
import { failedFigure, type Figure, formatTable } from "./bench/figure.ts";
import { describeLoad } from "./bench/process_usage.ts";
import { type ChaosOptions, ChaosOptionsError, parseChaosOptions } from "./chaos/chaos_options.ts";
import { measureRecovery } from "./chaos/recovery_part.ts";
import { measureRun } from "./chaos/run_part.ts";

const PARTS = { recovery: measureRecovery, run: measureRun };

const json = Deno.args.includes("--json");
const options = readOptions();
const before = describeLoad();
const figures: Figure[] = [];
for (const part of options.parts) {
  try {
    figures.push(...await PARTS[part]((text) => console.error(text), options));
  } catch (error) {
    console.error(error);
    figures.push(failedFigure(part, error));
  }
}
if (json) {
  console.log(JSON.stringify(figures, null, 2));
} else {
  console.log(formatTable(figures));
  console.log(`\nseed ${options.seed}; machine: ${before} before, ${describeLoad()} after`);
}
Deno.exit(figures.some(({ holds }) => holds === false) ? 1 : 0);

function readOptions(): ChaosOptions {
  const randomSeed = Math.floor(Math.random() * 2 ** 32);
  try {
    return parseChaosOptions(Deno.args.filter((arg) => arg !== "--json"), randomSeed);
  } catch (error) {
    if (!(error instanceof ChaosOptionsError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

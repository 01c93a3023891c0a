/**
 * `deno task bench SUITE [--json]`: measures and prints figures. With `--json` standard output holds
 * one array of figures and nothing else.
 */
import { type Figure, formatTable } from "./bench/figure.ts";
import { describeLoad } from "./bench/process_usage.ts";

/** Says on standard error what is being done, since that may take minutes. */
export type Progress = (text: string) => void;

const SUITES: Readonly<Record<string, () => Promise<(progress: Progress) => Promise<Figure[]>>>> = {
  meeting: async () => (await import("./bench/meeting_suite.ts")).measureMeeting,
};

const json = Deno.args.includes("--json");
const [name, ...rest] = Deno.args.filter((arg) => arg !== "--json");
if (name === undefined || SUITES[name] === undefined || rest.length > 0) {
  console.error(`usage: deno task bench SUITE [--json], with SUITE one of: ${Object.keys(SUITES)}`);
  Deno.exit(2);
}
const measure = await SUITES[name]!();
const before = describeLoad();
const figures = await measure((text) => console.error(text));
if (json) {
  console.log(JSON.stringify(figures, null, 2));
} else {
  console.log(formatTable(figures));
  console.log(`\nmachine: ${before} before, ${describeLoad()} after`);
}

/**
 * `deno task bench SUITE [--json]`: measures and prints figures. With `--json` standard output holds
 * one array of figures and nothing else. Further arguments are the suite's.
 */
import { formatTable } from "./bench/figure.ts";
import { describeLoad } from "./bench/process_usage.ts";
import { type Suite, SuiteArgumentsError, withoutArguments } from "./bench/suite.ts";

const SUITES: Readonly<Record<string, () => Promise<Suite>>> = {
  meeting: async () => withoutArguments((await import("./bench/meeting_suite.ts")).measureMeeting),
  media: async () => (await import("./bench/media_suite.ts")).measureMedia,
  api: async () => (await import("./bench/api_suite.ts")).measureApi,
  signaling: async () => (await import("./bench/signaling_suite.ts")).measureSignaling,
};

const json = Deno.args.includes("--json");
const [name = "", ...args] = Deno.args.filter((arg) => arg !== "--json");
const load = SUITES[name];
if (load === undefined) {
  refuse(`usage: deno task bench SUITE [--json], with SUITE one of: ${Object.keys(SUITES)}`);
}
const measure = await load();
const before = describeLoad();
const figures = await measure((text) => console.error(text), args).catch((error) => {
  if (error instanceof SuiteArgumentsError) refuse(error.message);
  throw error;
});
if (json) {
  console.log(JSON.stringify(figures, null, 2));
} else {
  console.log(formatTable(figures));
  console.log(`\nmachine: ${before} before, ${describeLoad()} after`);
}

function refuse(why: string): never {
  console.error(why);
  Deno.exit(2);
}

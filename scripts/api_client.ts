/**
 * `deno task api-client`: generates client/api_client/gen from the API's own description. With `--check`
 * nothing is changed, and it ends with exit code 1 when client/api_client/gen is not what it generates.
 */
import { readApiDocument } from "../services/global-controller/testing/read_api_document.ts";
import { type Description, operationsSource } from "./api_client/operations_source.ts";

const target = new URL("../client/api_client/gen/operations.ts", import.meta.url);

/** The formatter may change once more what it has made of one long line. */
const FORMATTER_RUNS = 2;

let source = operationsSource(await readApiDocument() as Description);
for (let run = 0; run < FORMATTER_RUNS; run++) source = await formatted(source);
if (Deno.args.includes("--check")) {
  if (await Deno.readTextFile(target) !== source) {
    console.error('client/api_client/gen is stale, run "deno task api-client"');
    Deno.exit(1);
  }
} else {
  await Deno.writeTextFile(target, source);
}

/** As `deno fmt` would have it. */
async function formatted(source: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "ts", "--line-width", "100", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("the generated source could not be formatted");
  return new TextDecoder().decode(stdout);
}

/** `deno task build`: the pages for production, in client/build. */
import { buildPages } from "./stack/pages_build.ts";
import { ROOT } from "./stack/stack.ts";

await buildPages(ROOT);

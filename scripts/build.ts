/** `deno task build`: the pages for production, in client/build. */
import { buildPages } from "./pages_build.ts";
import { ROOT } from "../services/stack/stack.ts";

await buildPages(ROOT);

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readApiDocument } from "../../services/global-controller/testing/read_api_document.ts";
import { sourceFiles } from "./source_files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const METHODS: ReadonlySet<string> = new Set(["get", "put", "post", "patch", "delete"]);
/** A row of a table in docs/api.md; paths are those under /api/v1, but for /.well-known. */
const ROUTE = /^\| `(GET|PUT|POST|PATCH|DELETE) (\/[^ `]*)`/gm;
/** Settings by which a process of the stack is told what is no operator's business. */
const INTERNAL_SETTINGS: ReadonlySet<string> = new Set(["DT_STOP_WITH_PARENT"]);
/** A setting that a service reads by one of the functions of services/runtime/configuration.ts. */
const SETTING = /\bread\w*\(env, "([A-Z][A-Z0-9_]+)"/g;

Deno.test("docs/api.md has every operation that the API describes, and no other", async () => {
  const { paths } = await readApiDocument();
  const described = Object.entries(paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item).filter((method) => METHODS.has(method))
      .map((method) => withoutNames(`${method.toUpperCase()} ${path.replace("/api/v1", "")}`))
  );
  const page = await Deno.readTextFile(join(root, "docs/api.md"));
  const documented = [...page.matchAll(ROUTE)].map(([, method, path]) =>
    withoutNames(`${method} ${path}`)
  );
  assert.deepEqual(documented.toSorted(), described.toSorted());
});

Deno.test("README.md names every setting that a service reads", async () => {
  const readme = await Deno.readTextFile(join(root, "README.md"));
  const read = new Set<string>();
  for (const path of await sourceFiles(join(root, "services"), [".ts"])) {
    if (path.endsWith("_test.ts")) continue;
    const source = await Deno.readTextFile(join(root, "services", path));
    for (const [, name] of source.matchAll(SETTING)) read.add(name!);
  }
  assert.ok(read.size > 0);
  const missing = [...read.difference(INTERNAL_SETTINGS)].filter((name) =>
    !readme.includes(`\`${name}\``)
  );
  assert.deepEqual(missing, []);
});

/** What stands between braces is for people. */
function withoutNames(route: string): string {
  return route.replaceAll(/\{[^}]+\}/g, "{}");
}

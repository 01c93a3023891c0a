import type { Adapter, Builder } from "@sveltejs/kit";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { type Asset, CONTENT_ENCODINGS, contentTypeOf, ENCODING_SUFFIX } from "./asset_manifest.ts";

/** Directory of the finished build, below the client's directory. */
const OUTPUT = "build";

/**
 * Kit adapter of Dark Tower. The output is `build/handler.js`, one module without npm imports that
 * exports `handle(request, info)`, and `build/client` with the static files it serves. The global
 * controller runs the module inside its own fetch handler; nothing here listens on a port.
 *
 * @param options.apiOrigin origin of the API while developing (rendering a page asks it)
 */
export function darkTowerAdapter(options: { apiOrigin?: string }): Adapter {
  return {
    name: "dark-tower",
    adapt,
    supports: { read: () => false },
    emulate: () => ({
      platform: () => ({ api: options.apiOrigin ? forwardTo(options.apiOrigin) : undefined }),
    }),
    vite: {
      plugins: {
        post: [{
          name: "dark-tower-bundle-server",
          apply: "build",
          // The pages have to run where no node_modules is.
          config: () => ({ ssr: { noExternal: true } }),
        }],
      },
    },
  };
}

function forwardTo(origin: string): (request: Request) => Promise<Response> {
  return (request) => {
    const { pathname, search } = new URL(request.url);
    return fetch(new Request(new URL(pathname + search, origin), request));
  };
}

async function adapt(builder: Builder): Promise<void> {
  const work = builder.getBuildDirectory("dark-tower");
  const output = resolve(OUTPUT);
  for (const directory of [work, output]) {
    builder.rimraf(directory);
    builder.mkdirp(directory);
  }
  const clientDirectory = join(output, "client");
  builder.writeClient(clientDirectory);
  builder.writePrerendered(clientDirectory);
  await builder.compress(clientDirectory);

  builder.generateServerInstance(join(work, "server_instance.js"));
  const assets = describeAssets(clientDirectory, `${builder.getAppPath()}/immutable/`);
  writeFileSync(join(work, "handler.js"), entrySource(assets));
  await build({
    configFile: false,
    root: work,
    logLevel: "warn",
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: join(work, "handler.js"),
      outDir: output,
      emptyOutDir: false,
      target: "es2023",
      minify: false,
      rolldownOptions: { output: { codeSplitting: false, entryFileNames: "handler.js" } },
    },
  });
  builder.log.success(`Wrote ${relative(".", join(output, "handler.js"))}`);
}

/** The entry module: binds Kit's server, the embedded manifest and the files beside the bundle. */
function entrySource(assets: Record<string, Asset>): string {
  const handler = fileURLToPath(new URL("./handler.ts", import.meta.url));
  return `import { createHandler } from ${JSON.stringify(handler)};
import { server } from "./server_instance.js";
const bundleUrl = import.meta.url;
const assets = ${JSON.stringify(assets)};
const readAsset = (file) => Deno.readFile(new URL("client/" + file, bundleUrl));
export const handle = createHandler({ server, assets, readAsset });
`;
}

function describeAssets(directory: string, immutablePrefix: string): Record<string, Asset> {
  const files = listFiles(directory).map((file) => relative(directory, file).replaceAll("\\", "/"));
  const present = new Set(files);
  const assets: Record<string, Asset> = {};
  for (const file of files.toSorted()) {
    if (Object.values(ENCODING_SUFFIX).some((suffix) => file.endsWith(suffix))) continue;
    const digest = createHash("sha256").update(readFileSync(join(directory, file)));
    assets[encodeURI(`/${file}`)] = {
      file,
      type: contentTypeOf(file),
      immutable: file.startsWith(immutablePrefix),
      etag: `"${digest.digest("base64url").slice(0, 22)}"`,
      encodings: CONTENT_ENCODINGS.filter((coding) => present.has(file + ENCODING_SUFFIX[coding])),
    };
  }
  return assets;
}

function listFiles(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? listFiles(path) : [path];
  });
}

import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import process from "node:process";
import { defineConfig } from "vite";
import { darkTowerAdapter } from "./adapter/adapter.ts";
import { ISOLATION_HEADERS } from "./src/lib/isolation_headers.ts";

/** Where the API listens while the pages are developed; the development task sets it. */
const apiOrigin = process.env.DT_API_ORIGIN;

/** The one style attribute that Kit writes: it hides the announcer of navigations from the eye. */
const KIT_ANNOUNCER_STYLE = "sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo=";

export default defineConfig(({ command }) => ({
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: darkTowerAdapter({ apiOrigin }),
      // A page answers with a fresh nonce, so no inline script or style of a stranger runs.
      csp: {
        mode: "nonce",
        directives: {
          "default-src": ["self"],
          "base-uri": ["none"],
          // Meeting controllers and media handlers are other origins, known only at run time;
          // the development server's reload socket is `ws:`.
          "connect-src": command === "serve" ? ["self", "https:", "ws:"] : ["self", "https:"],
          "font-src": ["self"],
          "form-action": ["self"],
          "frame-ancestors": ["none"],
          "img-src": ["self", "data:", "blob:"],
          "media-src": ["self", "blob:"],
          "object-src": ["none"],
          "script-src": ["self"],
          "style-src": ["self"],
          "style-src-attr": ["unsafe-hashes", KIT_ANNOUNCER_STYLE],
          "worker-src": ["self", "blob:"],
        },
      },
    }),
  ],
  worker: { format: "es" },
  build: {
    // A worklet or worker inlined as a data: URL would be refused by the policy above.
    assetsInlineLimit: 0,
    target: "es2023",
  },
  optimizeDeps: {
    // Only the worker imports these: found late, they would make a cold page reload itself.
    include: ["@bufbuild/protobuf", "@bufbuild/protobuf/codegenv2", "@hpke/core"],
  },
  server: {
    // Workers and modules of the development server need the same isolation as the page.
    headers: { ...ISOLATION_HEADERS },
    // None of them may be called "api": while developing, /api/… is the REST API's.
    fs: { allow: ["../proto", "./api_client", "./core"] },
    proxy: apiOrigin ? { "^/api/": { target: apiOrigin } } : undefined,
  },
}));

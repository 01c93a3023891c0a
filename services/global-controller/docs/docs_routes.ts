import type { ApiApp } from "../rest/api_environment.ts";
import { API_DOCUMENT_PATH, type ApiDocument } from "../rest/api_document.ts";
import { docsPage } from "./docs_page.ts";

const NONCE_BYTES = 16;

/** Adds `GET /api/v1/docs`, the description of the API for people. */
export function addDocsRoutes(app: ApiApp, readDocument: () => ApiDocument): void {
  // Made once: it takes tens of milliseconds, and anybody may ask for it.
  const marker = createNonce();
  let marked: Promise<string> | undefined;
  const readPage = () =>
    marked ??= (async () => String(await docsPage(readDocument(), API_DOCUMENT_PATH, marker)))();
  app.get("/api/v1/docs", async (context) => {
    const nonce = createNonce();
    const page = (await readPage()).replaceAll(marker, nonce);
    return context.html(page, 200, {
      "Content-Security-Policy": [
        "default-src 'none'",
        `style-src 'nonce-${nonce}'`,
        `script-src 'nonce-${nonce}'`,
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Referrer-Policy": "no-referrer",
    });
  });
}

function createNonce(): string {
  return crypto.getRandomValues(new Uint8Array(NONCE_BYTES)).toBase64();
}

import { html, raw } from "hono/html";
import type { ApiDocument } from "../rest/api_document.ts";
import { describedOperations } from "./described_operations.ts";
import type { DescribedSchemas } from "./described_schema.ts";
import { DOCS_SCRIPT } from "./docs_script.ts";
import { DOCS_STYLE } from "./docs_style.ts";
import { operationSection } from "./operation_section.ts";
import { plainMarkdown } from "./plain_markdown.ts";

/**
 * The page that describes the API, whole in one answer: no other origin, no other file.
 *
 * @param nonce of the page's Content-Security-Policy.
 */
export function docsPage(document: ApiDocument, documentPath: string, nonce: string) {
  const operations = describedOperations(document);
  const schemas = (document.components?.schemas ?? {}) as DescribedSchemas;
  const origin = document.servers?.[0]?.url ?? "";
  const tags = [...new Set(operations.map(({ tag }) => tag))].sort();
  const ofTag = (tag: string) => operations.filter((operation) => operation.tag === tag);
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${document.info.title} API</title>
    <style nonce="${nonce}">${raw(DOCS_STYLE)}</style>
  </head>
  <body>
    <div class="page">
      <nav aria-label="Operations">
        <div hidden>
          <label for="search">Find an operation</label>
          <input id="search" type="search" autocomplete="off">
          <p id="count" class="quiet" role="status"></p>
        </div>
        <div class="contents">
          ${
    tags.map((tag) =>
      html`
        <div data-tag>
          <h2>${tag}</h2>
          <ul>${ofTag(tag).map(({ id }) => html`<li><a href="#${id}">${id}</a></li>`)}</ul>
        </div>
      `
    )
  }
        </div>
      </nav>
      <main>
        <h1>${document.info.title} API</h1>
        ${plainMarkdown(document.info.description ?? "")}
        <p>For programs: <a href="${documentPath}">OpenAPI 3.1</a>.</p>
        ${
    tags.map((tag) =>
      html`
        <section data-tag>
          <h2>${tag}</h2>
          ${ofTag(tag).map((operation) => operationSection(operation, schemas, origin))}
        </section>
      `
    )
  }
      </main>
    </div>
    <script nonce="${nonce}">${raw(DOCS_SCRIPT)}</script>
  </body>
</html>`;
}

import { html } from "hono/html";

type Markup = ReturnType<typeof html>;

/** Shows paragraphs, lists of `- ` items and `code`, which is all that descriptions use. */
export function plainMarkdown(text: string): Markup {
  const blocks = text.split(/\n{2,}/).map((block) => {
    if (!block.startsWith("- ")) return html`<p>${inline(block)}</p>`;
    const items = block.slice(2).split(/\n- /);
    return html`<ul>${items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`;
  });
  return html`${blocks}`;
}

function inline(text: string): Markup {
  return html`${
    text.split("`").map((part, index) => index % 2 === 1 ? html`<code>${part}</code>` : part)
  }`;
}

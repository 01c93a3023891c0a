/** A stretch of a message: words, or an address that can be followed. */
export type TextPart =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/** What may be an address: up to the next white space, quote or angle bracket. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"“”«»]+/gi;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?'’*_~…]$/;
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/**
 * Splits a message into words and links. Only http and https addresses become links, so that none
 * runs a script; a link's text is what was written, so that it hides nothing.
 */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const written = withoutTrailing(candidate);
    const href = addressOf(written);
    if (href === undefined) continue;
    if (index > end) parts.push({ kind: "words", text: text.slice(end, index) });
    parts.push({ kind: "link", text: written, href });
    end = index + written.length;
  }
  if (end < text.length) parts.push({ kind: "words", text: text.slice(end) });
  return parts;
}

function addressOf(written: string): string | undefined {
  const url = URL.parse(written);
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.href : undefined;
}

/** Without the punctuation of the sentence around it, and a bracket that was opened before it. */
function withoutTrailing(candidate: string): string {
  let address = candidate;
  for (;;) {
    const opening = BRACKETS[address.at(-1) ?? ""];
    const unopened = opening !== undefined &&
      count(address, opening) < count(address, address.at(-1)!);
    if (!unopened && !TRAILING.test(address)) return address;
    address = address.slice(0, -1);
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

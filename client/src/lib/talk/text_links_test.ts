import assert from "node:assert/strict";
import fc from "fast-check";
import { textParts } from "./text_links.ts";

const links = (text: string) =>
  textParts(text).flatMap((part) => part.kind === "link" ? [part.href] : []);

Deno.test("addresses become links, and the words around them stay", () => {
  assert.deepEqual(textParts("see https://example.org/a?b=c#d, then"), [
    { kind: "words", text: "see " },
    { kind: "link", text: "https://example.org/a?b=c#d", href: "https://example.org/a?b=c#d" },
    { kind: "words", text: ", then" },
  ]);
});

Deno.test("only http and https are followed", () => {
  assert.deepEqual(links("javascript:alert(1) data:text/html,x ftp://example.org file:///etc"), []);
  assert.deepEqual(links("HTTP://EXAMPLE.ORG"), ["http://example.org/"]);
});

Deno.test("what belongs to the sentence does not belong to the address", () => {
  assert.deepEqual(links("(https://example.org/a)."), ["https://example.org/a"]);
  assert.deepEqual(links("https://example.org/a_(b)"), ["https://example.org/a_(b)"]);
  assert.deepEqual(links("https://example.org/!?…"), ["https://example.org/"]);
});

Deno.test("markup stays text", () => {
  assert.deepEqual(textParts("<b>hi</b>"), [{ kind: "words", text: "<b>hi</b>" }]);
});

Deno.test("whatever is written, the parts together say exactly that", () => {
  const written = fc.array(
    fc.constantFrom("https://", "http://", "a.b", ")", "(", ".", " ", "<", "@", ":", "[", "%"),
  ).map((pieces) => pieces.join(""));
  fc.assert(fc.property(written, (text) => {
    assert.equal(textParts(text).map((part) => part.text).join(""), text);
  }));
});

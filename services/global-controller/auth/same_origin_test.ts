import assert from "node:assert/strict";
import { isSameOrigin } from "./same_origin.ts";

const OURS = "https://tower.example";

Deno.test("a request of our own pages, or of no page, may act on cookies", () => {
  for (
    const [secFetchSite, origin] of [
      [null, null],
      ["same-origin", OURS],
      ["same-origin", null],
      [null, OURS],
      ["none", null],
    ] as const
  ) assert.equal(isSameOrigin({ secFetchSite, origin }, OURS), true);
});

Deno.test("a request of another site, another subdomain or a hidden origin may not", () => {
  for (
    const [secFetchSite, origin] of [
      ["cross-site", null],
      ["cross-site", OURS],
      ["same-site", "https://other.tower.example"],
      ["same-site", null],
      [null, "https://evil.example"],
      [null, "http://tower.example"],
      [null, "https://tower.example:444"],
      [null, "null"],
      ["same-origin", "https://evil.example"],
      ["", null],
    ] as const
  ) assert.equal(isSameOrigin({ secFetchSite, origin }, OURS), false);
});

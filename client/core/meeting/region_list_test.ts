import assert from "node:assert/strict";
import { parseRegions } from "./region_list.ts";

const HASH = new Uint8Array(32).fill(7);
const listed = (changes: Record<string, unknown> = {}) => ({
  region: "eu-west-1",
  health: "healthy",
  location: null,
  probe_urls: ["https://eu.test:4433"],
  certificate_hashes: [btoa(String.fromCharCode(...HASH))],
  ...changes,
});

Deno.test("a region is read with where to probe it", () => {
  assert.deepEqual(parseRegions({ regions: [listed()], preferred: "eu-west-1" }), [
    { region: "eu-west-1", probeUrls: ["https://eu.test:4433"], certificateHashes: [HASH] },
  ]);
});

Deno.test("what cannot be probed is left out, and the rest stays", () => {
  const wrong = [
    null,
    7,
    {},
    listed({ region: "" }),
    listed({ region: 1 }),
    listed({ probe_urls: [] }),
    listed({ probe_urls: "https://eu.test" }),
    listed({ probe_urls: ["http://eu.test", "nonsense", 1] }),
    listed({ certificate_hashes: "x" }),
  ];
  assert.deepEqual(parseRegions({ regions: [...wrong, listed()] }).length, 1);
  const [region] = parseRegions({ regions: [listed({ certificate_hashes: ["!", "AAAA", 1] })] });
  assert.deepEqual(region?.certificateHashes, []);
});

Deno.test("a long list is cut, and an answer without one is refused", () => {
  const many = Array.from({ length: 100 }, (_, index) => listed({ region: `r${index}` }));
  assert.equal(parseRegions({ regions: many }).length, 16);
  for (const json of [null, undefined, 1, "x", {}, { regions: {} }]) {
    assert.throws(() => parseRegions(json), TypeError);
  }
});

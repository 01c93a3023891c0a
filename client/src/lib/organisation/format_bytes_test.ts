import assert from "node:assert/strict";
import { formatBytes } from "./format_bytes.ts";

Deno.test("sizes have the unit that reads best", () => {
  const sizes: [number, string][] = [
    [0, "0 B"],
    [512, "512 B"],
    [1_500, "1.5 kB"],
    [12_345_678, "12 MB"],
    [999_999, "1.0 MB"],
    [5_000_000_000_000_000, "5000 TB"],
  ];
  for (const [bytes, text] of sizes) assert.equal(formatBytes(bytes), text);
});

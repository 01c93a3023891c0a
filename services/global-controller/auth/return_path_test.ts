import assert from "node:assert/strict";
import { returnUrl } from "./return_path.ts";

const OURS = "https://tower.example";

Deno.test("paths of our own pages lead there", () => {
  assert.equal(returnUrl("/", OURS), "https://tower.example/");
  assert.equal(
    returnUrl("/m/abc-defg-hij?x=1#y", OURS),
    "https://tower.example/m/abc-defg-hij?x=1#y",
  );
  assert.equal(returnUrl("/.//evil.example", OURS), "https://tower.example//evil.example");
});

Deno.test("whatever leads elsewhere leads nowhere", () => {
  for (
    const path of [
      "",
      "m",
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "/\t/evil.example",
      "javascript:alert(1)",
      " //evil.example",
      `/${"x".repeat(600)}`,
    ]
  ) assert.equal(returnUrl(path, OURS), undefined, path);
});

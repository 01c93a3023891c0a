import assert from "node:assert/strict";
import { browserNameOf } from "./browser_name.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/156.0.0.0 Safari/537.36";

Deno.test("browsers are told apart although each claims to be the others", () => {
  assert.deepEqual(browserNameOf(CHROME), { browser: "Chrome", system: "Linux" });
  assert.deepEqual(browserNameOf(`${CHROME} Edg/156.0.0.0`).browser, "Edge");
  assert.deepEqual(
    browserNameOf(
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
        "Version/26.0 Safari/605.1.15",
    ),
    { browser: "Safari", system: "macOS" },
  );
  assert.deepEqual(
    browserNameOf("Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0"),
    { browser: "Firefox", system: "Android" },
  );
});

Deno.test("what nobody knows has no name", () => {
  assert.deepEqual(browserNameOf("curl/9"), {});
});

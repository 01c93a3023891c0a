import assert from "node:assert/strict";
import { curlForToken, curlWithKey } from "./curl_line.ts";

const ORIGIN = "https://meet.example.org";

Deno.test("the line for a key asks for something that the key may read", () => {
  assert.equal(
    curlWithKey(ORIGIN, "dt_abc", ["audit:read", "webhooks:read"]),
    "curl -H 'Authorization: Bearer dt_abc' 'https://meet.example.org/api/v1/webhook-endpoints'",
  );
  assert.equal(
    curlWithKey(ORIGIN, "dt_abc", ["meetings:write"]),
    "curl -H 'Authorization: Bearer dt_abc' 'https://meet.example.org/api/v1/health'",
  );
});

Deno.test("the line for a client is one that a shell reads as it was meant", async () => {
  const secret = `a'b"c $(d)`;
  const line = curlForToken(ORIGIN, "it's", secret);
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", line.replace("curl", "printf '%s\\n'")],
  }).output();
  const words = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.deepEqual(words.slice(0, 3), ["-H", "Content-Type: application/json", "-d"]);
  assert.deepEqual(JSON.parse(words[3]!), {
    grant_type: "client_credentials",
    client_id: "it's",
    client_secret: secret,
  });
  assert.equal(words[4], "https://meet.example.org/api/v1/auth/token");
});

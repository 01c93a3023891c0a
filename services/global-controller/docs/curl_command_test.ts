import assert from "node:assert/strict";
import { curlCommand } from "./curl_command.ts";

Deno.test("a command carries credentials, key and body, and quotes what the shell would read", () => {
  const command = curlCommand({
    method: "POST",
    url: "https://meet.example/api/v1/meetings",
    needsCredentials: true,
    body: { display_name: "Ada's $(talk)" },
  });
  assert.equal(
    command,
    [
      "curl -X POST 'https://meet.example/api/v1/meetings'",
      '-H "Authorization: Bearer $TOKEN"',
      '-H "Idempotency-Key: $(uuidgen)"',
      "-H 'Content-Type: application/json'",
      String.raw`-d '{"display_name":"Ada'\''s $(talk)"}'`,
    ].join(" \\\n  "),
  );
});

Deno.test("a GET of a guest's is the address alone", () => {
  const request = { method: "GET", url: "https://a.example/b", needsCredentials: false };
  assert.equal(curlCommand({ ...request, body: undefined }), "curl 'https://a.example/b'");
});

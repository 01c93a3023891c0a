import assert from "node:assert/strict";
import { parseWebhookUrl, WebhookUrlError } from "./webhook_url.ts";

Deno.test("https URLs of names and public addresses are accepted", () => {
  const urls = [
    "https://hooks.example/path?query=1",
    "https://hooks.example:8443/",
    "https://hooks.example:443/",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/",
  ];
  for (const url of urls) assert.ok(parseWebhookUrl(url, false));
});

const REFUSED = [
  ["no URL", "hooks.example", "https://", ""],
  ["another protocol", "http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd"],
  ["credentials", "https://user@hooks.example/", "https://:secret@hooks.example/"],
  ["a fragment", "https://hooks.example/#here"],
  ["a port of another service", "https://hooks.example:22/", "https://hooks.example:25/"],
  ["a private address", "https://10.0.0.1/", "https://[fd00::1]/", "https://169.254.169.254/"],
  ["a mapped address", "https://[::ffff:10.0.0.1]/", "https://[::ffff:a9fe:a9fe]/"],
  ["loopback in other spellings", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/"],
  ["loopback in other digits", "https://１２７.0.0.1/", "https://127.1/", "https://127.0.0.1./"],
  ["too long", `https://hooks.example/${"a".repeat(2_048)}`],
] as const;

for (const [what, ...urls] of REFUSED) {
  Deno.test(`a URL with ${what} is refused`, () => {
    for (const url of urls) assert.throws(() => parseWebhookUrl(url, false), WebhookUrlError, url);
  });
}

Deno.test("development may use http, any port and private addresses, but no credentials", () => {
  assert.ok(parseWebhookUrl("http://127.0.0.1:80/", true));
  assert.ok(parseWebhookUrl("https://localhost:22/", true));
  assert.throws(() => parseWebhookUrl("http://user@localhost/", true), WebhookUrlError);
  assert.throws(() => parseWebhookUrl("ftp://localhost/", true), WebhookUrlError);
});

import assert from "node:assert/strict";
import { oidcStartPath, returnPathOf, signInPath } from "./sign_in_path.ts";

const returnTo = (path: string) => returnPathOf(new URLSearchParams({ return_to: path }));

Deno.test("a sign-in leads back to where it was asked for", () => {
  const path = signInPath("/meetings?tab=open");
  assert.equal(returnPathOf(new URL(path, "https://a.example").searchParams), "/meetings?tab=open");
  assert.equal(signInPath("/"), "/sign-in");
  assert.equal(returnPathOf(new URLSearchParams()), "/");
  assert.equal(returnTo("/m/abc-defg-hij#x"), "/m/abc-defg-hij#x");
});

Deno.test("a sign-in leads nowhere else", () => {
  const elsewhere = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
    "meetings",
    `/${"a".repeat(512)}`,
    "/sign-in?return_to=/sign-in",
    "/invitation",
    "/reset-password",
  ];
  for (const path of elsewhere) assert.equal(returnTo(path), "/", path);
});

Deno.test("the provider is told of an invitation", () => {
  assert.equal(
    oidcStartPath("/start", { returnTo: "/meetings", invitation: "t0ken" }),
    "/start?return_to=%2Fmeetings&invitation=t0ken",
  );
});

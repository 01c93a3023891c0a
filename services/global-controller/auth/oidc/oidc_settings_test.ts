import assert from "node:assert/strict";
import { ConfigurationError } from "../../../runtime/configuration.ts";
import { readOidcSettings } from "./oidc_settings.ts";

function read(values: Record<string, string>) {
  return readOidcSettings({ get: (name) => values[name] });
}

const PROVIDER = { DT_OIDC_ISSUER: "https://id.example", DT_OIDC_CLIENT_ID: "tower" };

Deno.test("without an issuer there is no provider", () => {
  assert.equal(read({}), undefined);
  assert.equal(read({ DT_OIDC_ISSUER: "" }), undefined);
});

Deno.test("an issuer and a client id are enough", () => {
  assert.deepEqual(read(PROVIDER), {
    issuer: "https://id.example",
    clientId: "tower",
    clientSecret: undefined,
    name: "id.example",
    scopes: "openid email profile",
    autoJoin: undefined,
  });
});

Deno.test("a provider that others could pose as is refused, except on this machine", () => {
  for (const issuer of ["http://id.example", "ftp://id.example", "id.example"]) {
    assert.throws(() => read({ ...PROVIDER, DT_OIDC_ISSUER: issuer }), ConfigurationError);
  }
  for (const issuer of ["http://localhost:9000", "http://127.0.0.1:9000", "http://[::1]:9000"]) {
    assert.equal(read({ ...PROVIDER, DT_OIDC_ISSUER: issuer })?.issuer, issuer);
  }
});

Deno.test("a missing client id, and scopes without openid, are named", () => {
  assert.throws(() => read({ DT_OIDC_ISSUER: "https://id.example" }), /DT_OIDC_CLIENT_ID/);
  assert.throws(() => read({ ...PROVIDER, DT_OIDC_SCOPES: "email" }), /DT_OIDC_SCOPES/);
});

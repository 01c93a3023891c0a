import assert from "node:assert/strict";
import { ConfigurationError } from "../runtime/configuration.ts";
import { readConfiguration } from "./configuration.ts";

const REQUIRED: Record<string, string> = {
  DATABASE_URL: "postgres://localhost/dark_tower",
  DT_SERVICE_SECRET: "a secret of more than thirty-two characters",
  DT_SIGNING_KEY: "{}",
};

function corsOrigins(value: string): readonly string[] {
  return readConfiguration({ get: (name) => ({ ...REQUIRED, DT_CORS_ORIGINS: value })[name] })
    .corsOrigins;
}

Deno.test("no other origin may call the API unless it is listed", () => {
  assert.deepEqual(corsOrigins(""), []);
  assert.deepEqual(corsOrigins("https://a.example, http://localhost:5173"), [
    "https://a.example",
    "http://localhost:5173",
  ]);
});

Deno.test("what is no origin is not listed by mistake", () => {
  for (const value of ["*", "a.example", "https://a.example/", "https://*.example", "null"]) {
    assert.throws(() => corsOrigins(value), ConfigurationError, value);
  }
});

import assert from "node:assert/strict";
import {
  ConfigurationError,
  readBoolean,
  readInteger,
  readPort,
  readSecret,
  readString,
} from "./configuration.ts";

const env = (values: Record<string, string>) => ({ get: (name: string) => values[name] });

Deno.test("an unset setting takes its fallback, and without one names itself", () => {
  assert.equal(readString(env({}), "DT_REGION", "local"), "local");
  assert.equal(readPort(env({}), "DT_PORT", 4433), 4433);
  assert.equal(readBoolean(env({}), "DT_FLAG", true), true);
  assert.throws(() => readString(env({}), "DATABASE_URL"), {
    name: "ConfigurationError",
    message: "DATABASE_URL is not set",
  });
});

Deno.test("an empty setting counts as unset", () => {
  assert.equal(readString(env({ DT_REGION: " " }), "DT_REGION", "local"), "local");
});

Deno.test("a port outside 0 to 65535, or no number, is refused with the reason", () => {
  for (const text of ["65536", "-1", "4433x", "1e3", "0x10", "NaN"]) {
    assert.throws(() => readPort(env({ DT_PORT: text }), "DT_PORT", 1), ConfigurationError);
  }
  const bounds = { fallback: 1, minimum: 1, maximum: 5 };
  assert.equal(readInteger(env({ N: "5" }), "N", bounds), 5);
  assert.throws(() => readInteger(env({ N: "6" }), "N", bounds), /not a number from 1 to 5/);
});

Deno.test("a flag is true or false and nothing else", () => {
  assert.equal(readBoolean(env({ F: "false" }), "F", true), false);
  assert.throws(() => readBoolean(env({ F: "yes" }), "F", true), ConfigurationError);
});

Deno.test("a short secret is refused without being shown", () => {
  assert.throws(() => readSecret(env({ S: "hunter2" }), "S"), (error: Error) => {
    return error instanceof ConfigurationError && !error.message.includes("hunter2");
  });
});

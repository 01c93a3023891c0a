import assert from "node:assert/strict";
import { ConfigurationError } from "../../../runtime/configuration.ts";
import { readFirstAdministrator } from "./first_administrator_settings.ts";

function read(email: string, password?: string) {
  const values: Record<string, string | undefined> = {
    DT_BOOTSTRAP_ADMIN_EMAIL: email,
    DT_BOOTSTRAP_ADMIN_PASSWORD: password,
  };
  return readFirstAdministrator({ get: (name) => values[name] });
}

Deno.test("the settings name nobody, a person, or a person with a password", () => {
  assert.equal(read(""), undefined);
  assert.deepEqual(read("ada@mail.example"), { email: "ada@mail.example", password: undefined });
  const password = "correct horse battery";
  assert.deepEqual(read("ada@mail.example", password), { email: "ada@mail.example", password });
});

Deno.test("an address or password that is none is named, and the password is not shown", () => {
  const wrong = (setting: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ConfigurationError);
    assert.match(error.message, setting);
    assert.doesNotMatch(error.message, /secret123/);
    return true;
  };
  assert.throws(() => read("ada"), wrong(/DT_BOOTSTRAP_ADMIN_EMAIL/));
  assert.throws(() => read("ada@mail.example", "secret123"), wrong(/DT_BOOTSTRAP_ADMIN_PASSWORD/));
});

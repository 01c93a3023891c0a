import assert from "node:assert/strict";
import { type PreferenceStore, readPreferences, savePreferences } from "./preferences.ts";

function memoryStore(initial?: string): () => PreferenceStore {
  let value = initial ?? null;
  return () => ({
    getItem: () => value,
    setItem: (_key, text) => {
      value = text;
    },
  });
}

Deno.test("what was saved is read again and the rest stays as it was", () => {
  const store = memoryStore();
  savePreferences(store, { name: "Ada" });
  savePreferences(store, { cameraOff: true });
  const preferences = readPreferences(store);
  assert.equal(preferences.name, "Ada");
  assert.equal(preferences.cameraOff, true);
  assert.equal(preferences.microphoneMuted, false);
});

Deno.test("damaged preferences are the defaults", () => {
  assert.equal(readPreferences(memoryStore("{oops")).name, "");
  assert.equal(readPreferences(memoryStore('{"name":7,"cameraOff":"yes"}')).name, "");
  assert.equal(readPreferences(memoryStore("null")).cameraOff, false);
});

Deno.test("a browser that forbids storage is borne", () => {
  const forbidden = () => {
    throw new DOMException("denied", "SecurityError");
  };
  savePreferences(forbidden, { name: "Ada" });
  assert.equal(readPreferences(forbidden).name, "");
});

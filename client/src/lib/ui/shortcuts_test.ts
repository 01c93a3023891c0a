import assert from "node:assert/strict";
import { type Keys, shortcutOf, singleKeyShortcutOf } from "./shortcuts.ts";

const none: Keys = {
  code: "",
  key: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
};

Deno.test("control or command with D or E are the shortcuts", () => {
  assert.equal(shortcutOf({ ...none, code: "KeyD", ctrlKey: true }), "microphone");
  assert.equal(shortcutOf({ ...none, code: "KeyE", metaKey: true }), "camera");
});

Deno.test("plain keys, other modifiers and held keys are not", () => {
  assert.equal(shortcutOf({ ...none, code: "KeyD" }), undefined);
  assert.equal(shortcutOf({ ...none, code: "KeyD", ctrlKey: true, shiftKey: true }), undefined);
  assert.equal(shortcutOf({ ...none, code: "KeyD", ctrlKey: true, repeat: true }), undefined);
  assert.equal(shortcutOf({ ...none, code: "KeyX", ctrlKey: true }), undefined);
});

Deno.test("R, C and P alone are the hand, the chat and the people", () => {
  const pressed = (code: string, key: string) => singleKeyShortcutOf({ ...none, code, key });
  assert.equal(pressed("KeyR", "r"), "hand");
  assert.equal(pressed("KeyC", "C"), "chat");
  assert.equal(pressed("KeyP", "p"), "people");
  assert.equal(pressed("KeyX", "x"), undefined);
  assert.equal(pressed("Enter", "Enter"), undefined);
});

Deno.test("a single key goes by what it writes, or by its place in another alphabet", () => {
  assert.equal(singleKeyShortcutOf({ ...none, code: "KeyR", key: "p" }), "people");
  assert.equal(singleKeyShortcutOf({ ...none, code: "KeyR", key: "к" }), "hand");
});

Deno.test("single keys with a modifier, or held, belong to somebody else", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "shiftKey", "repeat"] as const) {
    const keys = { ...none, code: "KeyR", key: "r", [modifier]: true };
    assert.equal(singleKeyShortcutOf(keys), undefined);
  }
});

import assert from "node:assert/strict";
import { type Keys, shortcutOf } from "./shortcuts.ts";

const none: Keys = {
  code: "",
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

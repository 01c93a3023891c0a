import assert from "node:assert/strict";
import { watchNetwork } from "./network_watch.ts";

function page(connection?: EventTarget) {
  return Object.assign(new EventTarget(), { navigator: connection ? { connection } : {} });
}

Deno.test("another network and a network that is back are told", () => {
  const connection = new EventTarget();
  const scope = page(connection);
  let told = 0;
  using _watch = watchNetwork(() => told++, scope);
  connection.dispatchEvent(new Event("change"));
  scope.dispatchEvent(new Event("online"));
  assert.equal(told, 2);
});

Deno.test("a browser that does not know its network tells when it is back", () => {
  const scope = page();
  let told = 0;
  using _watch = watchNetwork(() => told++, scope);
  scope.dispatchEvent(new Event("online"));
  assert.equal(told, 1);
});

Deno.test("nothing is told after the end", () => {
  const scope = page();
  let told = 0;
  watchNetwork(() => told++, scope)[Symbol.dispose]();
  scope.dispatchEvent(new Event("online"));
  assert.equal(told, 0);
});

import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { createLogger } from "./log.ts";
import { maintainRegistration, REGISTRATION_BACK_OFF_LIMIT_MS } from "./registration.ts";

const log = createLogger("test");

/** Runs the loop against a script of answers and returns what it did until the script ended. */
async function run(script: ("ok" | "away" | "unknown")[]): Promise<(string | number)[]> {
  const stop = new AbortController();
  const done: (string | number)[] = [];
  const answer = (call: string) => {
    done.push(call);
    const next = script.shift();
    if (script.length === 0) stop.abort();
    if (next === "away") throw new TypeError("connection refused");
    if (next === "unknown") throw new ConnectError("who?", Code.NotFound);
    return Promise.resolve();
  };
  await maintainRegistration({
    register: async () => await answer("register"),
    heartbeat: async () => await answer("heartbeat"),
    log,
    signal: stop.signal,
    wait: (ms) => {
      done.push(ms);
      return Promise.resolve();
    },
  });
  return done;
}

Deno.test("after registering it sends heartbeats", async () => {
  assert.deepEqual(await run(["ok", "ok", "ok"]), [
    "register",
    2000,
    "heartbeat",
    2000,
    "heartbeat",
    2000,
  ]);
});

Deno.test("a controller that does not know it makes it register at once", async () => {
  assert.deepEqual(await run(["ok", "unknown", "ok"]), [
    "register",
    2000,
    "heartbeat",
    "register",
    2000,
  ]);
});

Deno.test("a controller that is away is asked again after growing, bounded waits", async () => {
  const done = await run([...Array.from({ length: 8 }, () => "away" as const), "ok"]);
  const waits = done.filter((entry) => typeof entry === "number");
  assert.deepEqual(waits.slice(0, 3), [100, 200, 400]);
  assert.equal(Math.max(...waits), REGISTRATION_BACK_OFF_LIMIT_MS);
});

import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { CONNECT_DEADLINE_MS, ConnectError, connectSession } from "./connect.ts";
import { ScriptedSession } from "../testing/scripted_session.ts";

const ENDPOINT = { url: "https://server.test", certificateHashes: [new Uint8Array(32)] };

Deno.test("connecting resolves to the session once it is established", async () => {
  const time = new SimulatedTime();
  const session = new ScriptedSession({ established: false });
  const { signal } = new AbortController();
  let asked: unknown;
  const connecting = connectSession(
    (url, { certificateHashes }) => {
      asked = { url, certificateHashes };
      return session;
    },
    ENDPOINT,
    { signal, scheduler: time },
  );
  session.establish();
  assert.equal(await connecting, session);
  assert.deepEqual(asked, ENDPOINT);
  assert.equal(time.timers, 0);
});

Deno.test("a server that does not answer is given up after the deadline", async () => {
  const time = new SimulatedTime();
  const session = new ScriptedSession({ established: false });
  const { signal } = new AbortController();
  const connecting = connectSession(() => session, ENDPOINT, { signal, scheduler: time });
  const refused = assert.rejects(connecting, ConnectError);
  await time.advance(CONNECT_DEADLINE_MS);
  await refused;
  assert.notEqual(session.closedByClient, undefined);
});

Deno.test("a session that comes after the deadline is closed", async () => {
  const time = new SimulatedTime();
  const late = Promise.withResolvers<ScriptedSession>();
  const { signal } = new AbortController();
  const connecting = connectSession(() => late.promise, ENDPOINT, { signal, scheduler: time });
  const refused = assert.rejects(connecting, ConnectError);
  await time.advance(CONNECT_DEADLINE_MS);
  await refused;
  const session = new ScriptedSession();
  late.resolve(session);
  await time.advance(0);
  assert.notEqual(session.closedByClient, undefined);
});

Deno.test("a session that the platform holds back is one, and has so much longer", async () => {
  const time = new SimulatedTime();
  const sessions: ScriptedSession[] = [];
  const heldBackMs = 20_000;
  const connect = Object.assign(() => {
    sessions.push(new ScriptedSession({ established: false }));
    return sessions.at(-1)!;
  }, { heldBackMs: () => heldBackMs });
  const { signal } = new AbortController();
  const connecting = connectSession(connect, ENDPOINT, { signal, scheduler: time });
  await time.advance(heldBackMs);
  assert.equal(sessions.length, 1);
  sessions[0]!.establish();
  assert.equal(await connecting, sessions[0]);
});

Deno.test("a refused connection is a ConnectError with its cause", async () => {
  const time = new SimulatedTime();
  const { signal } = new AbortController();
  const cause = new Error("refused");
  await assert.rejects(
    connectSession(() => Promise.reject(cause), ENDPOINT, { signal, scheduler: time }),
    (error) => error instanceof ConnectError && error.cause === cause,
  );
});

Deno.test("an abort ends the attempt with the abort's reason", async () => {
  const time = new SimulatedTime();
  const session = new ScriptedSession({ established: false });
  const abort = new AbortController();
  const connecting = connectSession(() => session, ENDPOINT, {
    signal: abort.signal,
    scheduler: time,
  });
  abort.abort(new Error("left"));
  await assert.rejects(connecting, /left/);
  assert.notEqual(session.closedByClient, undefined);
  assert.equal(time.timers, 0);
});

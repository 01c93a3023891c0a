import assert from "node:assert/strict";
import { ScriptedSession } from "../testing/scripted_session.ts";
import { settled } from "../testing/simulated_time.ts";
import { DatagramSender, MAX_DATAGRAM_AGE_MS, MAX_WAITING_DATAGRAMS } from "./datagram_sender.ts";

Deno.test("datagrams leave in order", async () => {
  const session = new ScriptedSession();
  const sender = new DatagramSender(session);
  for (const byte of [1, 2, 3]) sender.send(Uint8Array.of(byte));
  await settled();
  assert.deepEqual(session.sentDatagrams.map(([byte]) => byte), [1, 2, 3]);
});

Deno.test("what the transport does not take is dropped beyond a bound", async () => {
  const session = new ScriptedSession();
  const stuck = Promise.withResolvers<void>();
  let written = 0;
  const writable = new WritableStream<Uint8Array>({
    write: async () => {
      await stuck.promise;
      written++;
    },
  });
  const { readable } = session.datagrams;
  const sender = new DatagramSender(
    Object.assign(Object.create(session), { datagrams: { readable, writable } }),
  );
  for (let sent = 0; sent < 2 * MAX_WAITING_DATAGRAMS; sent++) sender.send(new Uint8Array(1));
  stuck.resolve();
  await settled();
  assert.equal(written, MAX_WAITING_DATAGRAMS);
});

Deno.test("where the transport can drop what is late, it is told to", () => {
  const session = new ScriptedSession();
  const datagrams = { ...session.datagrams, outgoingMaxAge: null };
  new DatagramSender(Object.assign(Object.create(session), { datagrams }));
  assert.equal(datagrams.outgoingMaxAge, MAX_DATAGRAM_AGE_MS);
});

Deno.test("a session that is gone takes nothing and throws nothing", async () => {
  const session = new ScriptedSession();
  const sender = new DatagramSender(session);
  session.end();
  sender.send(new Uint8Array(1));
  await settled();
});

import assert from "node:assert/strict";
import { createNameResolver } from "./name_resolver.ts";

/** More than the threads that Deno has for blocking work. */
const MANY = 100;

Deno.test("names whose servers never answer hold up nothing else, and end when told", async () => {
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const resolve = createNameResolver({ ipAddr: "127.0.0.1", port });
  const stopped = new AbortController();
  let ended = 0;
  const lookups = Array.from(
    { length: MANY },
    (_, index) => resolve(`silent-${index}.example`, stopped.signal).finally(() => ended++),
  );
  const refusals = Promise.allSettled(lookups);
  // Each of these takes a thread for a moment.
  for (let count = 0; count < MANY; count++) await Deno.stat(new URL(import.meta.url));
  assert.equal(ended, 0);
  stopped.abort();
  for (const refusal of await refusals) assert.equal(refusal.status, "rejected");
  silent.close();
});

Deno.test("this machine's own name has an address, and a reserved one has none", async () => {
  const resolve = createNameResolver();
  const { signal } = new AbortController();
  const addresses = await resolve("localhost", signal);
  assert.ok(addresses.includes("127.0.0.1") || addresses.includes("::1"), String(addresses));
  await assert.rejects(resolve("nobody.invalid", signal));
});

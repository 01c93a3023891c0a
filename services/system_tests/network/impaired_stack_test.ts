import { ok, rejects, strictEqual, throws } from "node:assert/strict";
import { NetworkProfileError } from "../../stack/network/network_profile_text.ts";
import { Stack } from "../../stack/stack.ts";
import { holdNewMeeting } from "../new_meeting.ts";
import { startTemporaryStack } from "../temporary_stack.ts";

const MEETING_LIMIT_MS = 15_000;
const ROUND_TRIP_MS = 100;

Deno.test("a meeting works behind a bad network, and everything in it passes the network", async (t) => {
  await using running = await startTemporaryStack({ network: "20mbit,40ms,1%" });
  const { stack } = running;
  const { network } = stack;

  await t.step("people, signaling and media meet behind it", async () => {
    await holdNewMeeting(stack.url, MEETING_LIMIT_MS);
    ok(network.media.counters().up.deliveredBytes > 5_000);
    ok(network.signaling.counters().down.deliveredPackets > 0);
    ok(network.pages.counters().upBytes > 0);
  });

  await t.step("links lead through it", async () => {
    const created = await fetch(`${stack.url}/api/v1/meetings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ display_name: "Weekly" }),
    });
    const body = await created.text();
    ok(body.includes(`${stack.url}/m/`), body);
  });

  await t.step("it changes live, for pages too", async () => {
    network.setProfile(`${ROUND_TRIP_MS}ms`);
    const startedAtMs = performance.now();
    await (await fetch(`${stack.url}/api/v1/health`)).body?.cancel();
    const tookMs = performance.now() - startedAtMs;
    ok(tookMs > ROUND_TRIP_MS, `${tookMs} ms`);
  });

  await t.step("services that start again are behind it as before", async () => {
    network.setProfile("clear");
    const { media, signaling } = network;
    const before = [media.port, signaling.port, stack.url];
    await stack.killService("media-handler");
    await stack.startService("media-handler");
    await holdNewMeeting(stack.url, MEETING_LIMIT_MS);
    strictEqual([media.port, signaling.port, stack.url].join(), before.join());
  });
});

Deno.test("a stack without a network says so when asked for it", async () => {
  await using running = await startTemporaryStack();
  throws(() => running.stack.network, /without a network/);
  strictEqual(running.stack.url, running.stack.directUrl);
});

Deno.test("a text that describes no network starts nothing", async () => {
  await rejects(Stack.start({ dataDirectory: "", network: "slow" }), NetworkProfileError);
});

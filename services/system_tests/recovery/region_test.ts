import assert from "node:assert/strict";
import { fetchRegions } from "../../../client/core/meeting/region_list.ts";
import { probeRegions } from "../../../client/core/meeting/region_probe.ts";
import { openWebTransport } from "../../runtime/webtransport/client.ts";
import type { Stack } from "../../stack/stack.ts";
import { eventually } from "../eventually.ts";
import { createMeeting, Guest } from "../guest.ts";
import { camera } from "../headless_client.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { WatchedMeeting } from "../watched_meeting.ts";

const WEST = "us-west-1";
const EUROPE = "eu-west-1";
/** From the end of a region until the API sends whoever joins elsewhere, milliseconds. */
const MOVED_LIMIT_MS = 2_000;
/** The same where nobody gave the meetings up: until the lease of the dead controller has run out. */
const LEASE_OVER_LIMIT_MS = 3_500;
/** From the end of a region until someone new is in its meeting elsewhere, milliseconds. */
const JOINED_LIMIT_MS = 8_000;
/** From the end of a region until those who were in its meeting see each other again. */
const BACK_LIMIT_MS = 15_000;

/** Where the API says that a meeting is, after a join call. */
async function joinedRegion(stack: Stack, code: string): Promise<string | undefined> {
  const response = await fetch(`${stack.url}/api/v1/meetings/${code}/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const { meeting_controller_url: url } = JSON.parse(text);
  return stack.regions.find((region) => endpointIn(stack, region) === url);
}

const endpoints = new WeakMap<Stack, Map<string, unknown>>();

/** A region's endpoint, also when it does not run any more. */
function endpointIn(stack: Stack, region: string): unknown {
  const known = endpoints.get(stack) ?? new Map<string, unknown>();
  endpoints.set(stack, known);
  try {
    known.set(region, stack.service("meeting-controller", region).listening.endpoint);
  } catch {
    // It was ended: it has the endpoint that it had.
  }
  return known.get(region);
}

/** Whether all others get pictures of `name` under the name of a stream that it has now. */
function seesAgain({ clients }: WatchedMeeting, name: string): boolean {
  const others = clients.filter((client) => client.participant(name) !== undefined);
  return others.length === clients.length - 1 && others.every((client) => {
    const [stream] = client.participant(name)!.streams;
    return stream !== undefined && client.framesOf(stream.streamId).length > 0 &&
      client.state.phase === "joined";
  });
}

/** Ends Europe with `signal` while a meeting is held there; returns what took how long. */
async function endEurope(stack: Stack, signal: Deno.Signal) {
  await using meeting = await WatchedMeeting.start(stack.url, { region: EUROPE });
  const { code } = meeting;
  assert.equal(await joinedRegion(stack, code), EUROPE);
  const startedAtMs = performance.now();
  const since = () => Math.round(performance.now() - startedAtMs);
  const ending = stack.killRegion(EUROPE, signal);
  const moved = eventually("joins are sent to the other region", JOINED_LIMIT_MS, async () => {
    return await joinedRegion(stack, code) === WEST;
  }).then(since);
  const back = eventually("those who were in it are back", BACK_LIMIT_MS, () => {
    return meeting.clients.every(({ states }) =>
      states.some(({ phase }) => phase === "reconnecting")
    ) && seesAgain(meeting, "Ada") && seesAgain(meeting, "Bob");
  }).then(since);
  await using guest = new Guest(stack.url, code);
  const joined = guest.join("Cid", [camera()], JOINED_LIMIT_MS).then(since);
  const took = { movedMs: await moved, joinedMs: await joined, backMs: await back };
  await ending;
  console.log(`${signal}: ${JSON.stringify(took)}`);
  return took;
}

Deno.test("meetings are held in the region of choice, and outlive it", async (t) => {
  await using running = await startTemporaryStack({
    regions: [WEST, EUROPE],
    env: {
      DT_RATE_LIMIT_PER_MINUTE: "100000",
      DT_REGION_LOCATIONS: `${WEST}=37.3,-121.9; ${EUROPE}=53.3,-6.3`,
    },
  });
  const { stack } = running;
  for (const region of stack.regions) endpointIn(stack, region);

  await t.step("the regions are listed, with the one that is the caller's", async () => {
    const { regions, preferred } = await (await fetch(`${stack.url}/api/v1/regions`)).json();
    assert.equal(preferred, WEST, "where the global controller is");
    assert.deepEqual(
      regions.map(({ region, health, probe_urls }: Record<string, unknown>) => ({
        region,
        health,
        probe_urls,
      })),
      [EUROPE, WEST].map((region) => ({
        region,
        health: "healthy",
        probe_urls: [endpointIn(stack, region)],
      })),
    );
  });

  await t.step("a client measures the round trip to each region", async () => {
    const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
    const measured = await probeRegions(await fetchRegions(stack.url), {
      connect: (url, options) => openWebTransport(url, { ...options, endpoint }),
      signal: AbortSignal.timeout(JOINED_LIMIT_MS),
    });
    endpoint.close();
    assert.deepEqual(Object.keys(measured).sort(), [EUROPE, WEST]);
    assert.ok(Object.values(measured).every((roundTripMs) => roundTripMs > 0));
    const code = await createMeeting(stack.url, { region_rtt_ms: measured });
    const nearest = measured[WEST]! < measured[EUROPE]! ? WEST : EUROPE;
    assert.equal(await joinedRegion(stack, code), nearest);
  });

  await t.step(
    "a meeting is where its creator wants it, or where the round trip is short",
    async () => {
      for (const region of stack.regions) {
        assert.equal(await joinedRegion(stack, await createMeeting(stack.url, { region })), region);
      }
      const measured = { region_rtt_ms: { [WEST]: 150, [EUROPE]: 12 } };
      assert.equal(await joinedRegion(stack, await createMeeting(stack.url, measured)), EUROPE);
      assert.equal(await joinedRegion(stack, await createMeeting(stack.url)), WEST);
      await assert.rejects(createMeeting(stack.url, { region: "eu-west-9" }), /400.*eu-west-1/s);
    },
  );

  await t.step("the meetings of a region that dies go on in the other", async () => {
    const { movedMs, joinedMs } = await endEurope(stack, "SIGKILL");
    assert.ok(movedMs <= LEASE_OVER_LIMIT_MS, `${movedMs} ms until joins were sent elsewhere`);
    assert.ok(joinedMs <= JOINED_LIMIT_MS, `${joinedMs} ms until someone new was in`);
  });

  await t.step("new meetings that are wanted there are held in the other meanwhile", async () => {
    const code = await createMeeting(stack.url, { region: EUROPE });
    assert.equal(await joinedRegion(stack, code), WEST);
    await stack.startRegion(EUROPE);
    const next = await createMeeting(stack.url, { region: EUROPE });
    assert.equal(await joinedRegion(stack, next), EUROPE);
  });

  await t.step("a region that is stopped gives its meetings away without an error", async () => {
    const { movedMs } = await endEurope(stack, "SIGTERM");
    assert.ok(movedMs <= MOVED_LIMIT_MS, `${movedMs} ms until joins were sent elsewhere`);
  });
});

import assert from "node:assert/strict";
import type { UplinkReport } from "../../../core/send/local_stream.ts";
import type { DownlinkStatus } from "../meeting_worker/downlink_status.ts";
import { connectionLevelOf, roundTripMs, troublesOf } from "./connection_level.ts";

const uplink = (part: Partial<UplinkReport> = {}): UplinkReport => ({
  availableBitrateBps: 2_000_000,
  sendingBitrateBps: 1_000_000,
  packetLoss: 0,
  rttMs: 30,
  queueingDelayMs: 0,
  congested: false,
  ...part,
});

const downlink = (part: Partial<DownlinkStatus> = {}): DownlinkStatus => ({
  availableBitrateBps: 2_000_000,
  packetLoss: 0,
  rttMs: 40,
  queueingDelayMs: 0,
  receivedBitrateBps: 1_000_000,
  impairments: [],
  ...part,
});

Deno.test("nothing is wrong with a connection of which nothing is known", () => {
  assert.deepEqual(troublesOf({}), []);
});

Deno.test("a layer that is left out and many lost packets are trouble with sending", () => {
  assert.deepEqual(troublesOf({ uplink: uplink({ congested: true }) }), ["sending"]);
  assert.deepEqual(troublesOf({ uplink: uplink({ packetLoss: 0.08 }) }), ["sending"]);
  assert.deepEqual(troublesOf({ uplink: uplink({ packetLoss: 0.01 }) }), []);
});

Deno.test("a thin way is trouble with sending once it is full", () => {
  const thin = (sendingBitrateBps: number) =>
    troublesOf({ uplink: uplink({ availableBitrateBps: 200_000, sendingBitrateBps }) });
  assert.deepEqual(thin(160_000), ["sending"]);
  assert.deepEqual(thin(40_000), []);
});

Deno.test("a picture for which the own way has no room is trouble with receiving", () => {
  const impaired = (cause: "own-network" | "publisher-network") =>
    troublesOf({
      downlink: downlink({ impairments: [{ streamId: "b", cause, effect: "paused" }] }),
    });
  assert.deepEqual(impaired("own-network"), ["receiving"]);
  assert.deepEqual(impaired("publisher-network"), []);
});

Deno.test("the round trip is known by either way", () => {
  assert.equal(roundTripMs({ uplink: uplink(), downlink: downlink() }), 40);
  assert.equal(roundTripMs({ uplink: uplink(), downlink: downlink({ rttMs: 0 }) }), 30);
  assert.equal(roundTripMs({ downlink: downlink({ rttMs: 0 }) }), undefined);
  assert.deepEqual(troublesOf({ uplink: uplink({ rttMs: 700 }) }), ["delay"]);
});

Deno.test("either server out of reach means that the connection is lost", () => {
  assert.equal(connectionLevelOf({ phase: "reconnecting", media: "disconnected" }, []), "lost");
  assert.equal(connectionLevelOf({ phase: "joined", media: "connecting" }, []), "lost");
});

Deno.test("in a meeting it is weak with any trouble and good without", () => {
  const state = { phase: "joined", media: "connected" } as const;
  assert.equal(connectionLevelOf(state, ["delay"]), "weak");
  assert.equal(connectionLevelOf(state, []), "good");
});

Deno.test("media that goes on while the controller is sought is judged by itself", () => {
  const state = { phase: "reconnecting", media: "connected" } as const;
  assert.equal(connectionLevelOf(state, []), "good");
  assert.equal(connectionLevelOf(state, ["sending"]), "weak");
});

Deno.test("nobody who is not in a meeting has a connection to speak of", () => {
  assert.equal(connectionLevelOf({ phase: "joining", media: "connected" }, []), undefined);
});

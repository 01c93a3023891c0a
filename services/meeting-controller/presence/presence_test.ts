import assert from "node:assert/strict";
import { ConnectionState } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { LOST_CONNECTION, Participant } from "../participant/participant.ts";
import { eventLoopTurn, ManualClock } from "../testing/manual_clock.ts";
import {
  AWAY_AFTER_MS,
  CLOSED_AWAY_AFTER_MS,
  CONNECTING_LIMIT_MS,
  MEDIA_LOSS_LIMIT_MS,
  Presence,
  PRESENCE_RETRY_MS,
  SESSION_LIFETIME_MS,
} from "./presence.ts";

const { CONNECTING, CONNECTED, WITHOUT_MEDIA, RECONNECTING } = ConnectionState;

/** The presence of Anna, and what is told of her. */
function watchAnna() {
  const clock = new ManualClock();
  const told: string[] = [];
  const sure = { mayChange: true };
  const presence = new Presence({
    clock,
    mayChange: () => sure.mayChange,
    listener: {
      onChanged: ({ connectionState }) => told.push(ConnectionState[connectionState]),
      onAway: (participant) => {
        participant.isAway = true;
        told.push("away");
      },
      onGone: () => told.push("gone"),
    },
  });
  const anna = new Participant(
    {
      participantId: "anna",
      role: "participant",
      grants: new Set(),
      name: undefined,
      userId: "",
      userReference: "",
      tokenId: "",
      guestId: "",
      network: "",
      mustKnock: false,
    },
    "Anna",
    0,
    undefined,
    LOST_CONNECTION,
  );
  return { clock, presence, anna, told, sure };
}

Deno.test("after a join media has ten seconds to connect", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.arrived(anna);
  assert.equal(anna.connectionState, CONNECTING);
  clock.advance(CONNECTING_LIMIT_MS - 1);
  assert.deepEqual(told, []);
  clock.advance(1);
  assert.deepEqual([anna.connectionState, told], [WITHOUT_MEDIA, ["WITHOUT_MEDIA"]]);
  presence.onMedia("anna", true);
  assert.deepEqual(told, ["WITHOUT_MEDIA", "CONNECTED"]);
});

Deno.test("media that was connected at the door counts", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.onMedia("anna", true);
  presence.arrived(anna);
  assert.equal(anna.connectionState, CONNECTED);
  clock.advance(CONNECTING_LIMIT_MS);
  assert.deepEqual(told, []);
});

Deno.test("media that is back in three seconds was never away, later it was", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.arrived(anna);
  presence.onMedia("anna", true);
  clock.advance(CONNECTING_LIMIT_MS);
  presence.onMedia("anna", false);
  clock.advance(MEDIA_LOSS_LIMIT_MS - 1);
  presence.onMedia("anna", true);
  clock.advance(MEDIA_LOSS_LIMIT_MS);
  assert.deepEqual(told, ["CONNECTED"]);
  presence.onMedia("anna", false);
  clock.advance(MEDIA_LOSS_LIMIT_MS);
  assert.deepEqual(told, ["CONNECTED", "WITHOUT_MEDIA"]);
});

Deno.test("a lost session is away after ten seconds and gone after five minutes", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.arrived(anna);
  presence.lost(anna);
  assert.equal(anna.connectionState, RECONNECTING);
  clock.advance(AWAY_AFTER_MS);
  assert.deepEqual(told, ["RECONNECTING", "away"]);
  clock.advance(SESSION_LIFETIME_MS - AWAY_AFTER_MS - 1);
  assert.equal(told.length, 2);
  clock.advance(1);
  assert.deepEqual(told, ["RECONNECTING", "away", "gone"]);
});

Deno.test("while media stands a lost session is not away, and gone all the same", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.onMedia("anna", true);
  presence.arrived(anna);
  presence.lost(anna);
  clock.advance(SESSION_LIFETIME_MS - 1);
  assert.deepEqual(told, ["RECONNECTING"]);
  clock.advance(1);
  assert.deepEqual(told, ["RECONNECTING", "gone"]);
});

Deno.test("a lost session whose media goes, too, is away three seconds later", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.onMedia("anna", true);
  presence.arrived(anna);
  presence.lost(anna);
  clock.advance(60_000);
  presence.onMedia("anna", false);
  clock.advance(MEDIA_LOSS_LIMIT_MS);
  assert.deepEqual(told, ["RECONNECTING", "away"]);
});

Deno.test("whose client closed both connections is away after two seconds", async () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.onMedia("anna", true);
  presence.arrived(anna);
  presence.lost(anna, { closedByPeer: Promise.resolve(true) });
  await eventLoopTurn();
  clock.advance(200);
  presence.onMedia("anna", false);
  clock.advance(CLOSED_AWAY_AFTER_MS - 1);
  assert.deepEqual(told, ["RECONNECTING"]);
  clock.advance(1);
  assert.deepEqual(told, ["RECONNECTING", "away"]);
});

Deno.test("whose client closed signaling alone is not away", async () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.onMedia("anna", true);
  presence.arrived(anna);
  presence.lost(anna, { closedByPeer: Promise.resolve(true) });
  await eventLoopTurn();
  clock.advance(2 * AWAY_AFTER_MS);
  assert.deepEqual(told, ["RECONNECTING"]);
});

Deno.test("who vanished without media is away after ten seconds, no sooner", async () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.arrived(anna);
  presence.lost(anna, { closedByPeer: Promise.resolve(false) });
  await eventLoopTurn();
  clock.advance(AWAY_AFTER_MS - 1);
  assert.deepEqual(told, ["RECONNECTING"]);
  clock.advance(1);
  assert.deepEqual(told, ["RECONNECTING", "away"]);
});

Deno.test("that an older session was closed says nothing of the one that is lost now", async () => {
  const { clock, presence, anna, told } = watchAnna();
  const older = Promise.withResolvers<boolean>();
  presence.arrived(anna);
  presence.lost(anna, { closedByPeer: older.promise });
  presence.arrived(anna);
  presence.lost(anna, { closedByPeer: Promise.resolve(false) });
  older.resolve(true);
  await eventLoopTurn();
  clock.advance(AWAY_AFTER_MS - 1);
  assert.ok(!told.includes("away"));
});

Deno.test("what passed before a takeover is not granted again", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.lost(anna, { sinceMs: SESSION_LIFETIME_MS - 1_000 });
  assert.deepEqual(told, ["away"]);
  clock.advance(1_000);
  assert.deepEqual(told, ["away", "gone"]);
});

Deno.test("an owner that is not sure takes nobody off, and does so when it is", () => {
  const { clock, presence, anna, told, sure } = watchAnna();
  presence.arrived(anna);
  presence.lost(anna);
  sure.mayChange = false;
  clock.advance(AWAY_AFTER_MS + 10 * PRESENCE_RETRY_MS);
  assert.deepEqual(told, ["RECONNECTING"]);
  sure.mayChange = true;
  clock.advance(PRESENCE_RETRY_MS);
  assert.deepEqual(told, ["RECONNECTING", "away"]);
});

Deno.test("who resumed is not away, and of who is forgotten nothing is told", () => {
  const { clock, presence, anna, told } = watchAnna();
  presence.arrived(anna);
  presence.lost(anna);
  presence.arrived(anna);
  presence.onMedia("anna", true);
  clock.advance(SESSION_LIFETIME_MS);
  assert.deepEqual(told, ["RECONNECTING", "CONNECTED"]);
  presence.lost(anna);
  presence.forget(anna);
  clock.advance(SESSION_LIFETIME_MS);
  assert.deepEqual(told, ["RECONNECTING", "CONNECTED", "RECONNECTING"]);
});

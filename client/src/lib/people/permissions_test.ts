import assert from "node:assert/strict";
import type { MeetingRole } from "../../../core/meeting/meeting_state.ts";
import { actionsFor, mayEndForAll, mayModerate } from "./permissions.ts";
import type { Person } from "./roster.ts";

const bob: Person = {
  id: "bob",
  name: "Bob",
  isSelf: false,
  role: "participant",
  connection: "connected",
  handRaised: 0,
  signedIn: false,
  microphone: "on",
  cameraOn: true,
  shares: [],
};

Deno.test("hosts moderate everyone, co-hosts participants, participants nobody", () => {
  const roles: MeetingRole[] = ["host", "co-host", "participant"];
  const moderated = (own: MeetingRole) => roles.filter((other) => mayModerate(own, other));
  assert.deepEqual(moderated("host"), roles);
  assert.deepEqual(moderated("co-host"), ["participant"]);
  assert.deepEqual(moderated("participant"), []);
});

Deno.test("only hosts make hosts and end the meeting", () => {
  assert.ok(actionsFor("host", bob).includes("make-host"));
  assert.ok(!actionsFor("co-host", bob).includes("make-host"));
  assert.ok(actionsFor("co-host", bob).includes("make-co-host"));
  assert.equal(mayEndForAll("host"), true);
  assert.equal(mayEndForAll("co-host"), false);
});

Deno.test("somebody is offered no role that they have, and nothing about oneself", () => {
  assert.ok(!actionsFor("host", bob).includes("make-participant"));
  assert.ok(!actionsFor("host", { ...bob, role: "co-host" }).includes("make-co-host"));
  assert.deepEqual(actionsFor("host", { ...bob, isSelf: true }), []);
});

Deno.test("only what is on can be turned off, and only who is silent is asked to unmute", () => {
  const quiet: Person = { ...bob, microphone: "muted", cameraOn: false };
  assert.deepEqual(actionsFor("co-host", quiet), [
    "ask-to-unmute",
    "make-co-host",
    "remove",
    "ban",
  ]);
  const busy: Person = { ...bob, shares: ["screen"], handRaised: 3 };
  assert.deepEqual(actionsFor("co-host", busy).slice(0, 4), [
    "mute-microphone",
    "turn-camera-off",
    "stop-share",
    "lower-hand",
  ]);
});

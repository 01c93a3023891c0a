import assert from "node:assert/strict";
import { isModerator, type MeetingRole } from "../../../core/meeting/meeting_state.ts";
import vectors from "../../../../proto/vectors/moderation_permissions.json" with { type: "json" };
import { actionsFor, mayEndForAll, mayModerate, type PersonAction } from "./permissions.ts";
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

/** The controller's names, by the client's. */
const ROLES: Readonly<Record<MeetingRole, string>> = {
  host: "host",
  "co-host": "co_host",
  participant: "participant",
};
const OWN_ROLES = Object.keys(ROLES) as MeetingRole[];
/** What the controller calls each action, and the role that it gives if that is what it does. */
const DEEDS: Readonly<Record<PersonAction, { readonly deed: string } | { readonly role: string }>> =
  {
    "ask-to-unmute": { deed: "ask_to_unmute" },
    "mute-microphone": { deed: "mute" },
    "turn-camera-off": { deed: "mute" },
    "stop-share": { deed: "stop_stream" },
    "lower-hand": { deed: "lower_hand" },
    "make-host": { role: "host" },
    "make-co-host": { role: "co_host" },
    "make-participant": { role: "participant" },
    "remove": { deed: "remove" },
    "ban": { deed: "ban" },
  };

/** All that may ever be offered about somebody of this role. */
function offered(own: MeetingRole, role: MeetingRole): PersonAction[] {
  const busy: Person = { ...bob, role, shares: ["screen"], handRaised: 1 };
  const quiet: Person = { ...busy, microphone: "muted" };
  return [...new Set([...actionsFor(own, busy), ...actionsFor(own, quiet)])];
}

for (const { actor, subject, deeds, rolesToGive } of vectors.toSomebody) {
  const own = OWN_ROLES.find((role) => ROLES[role] === actor)!;
  const other = OWN_ROLES.find((role) => ROLES[role] === subject);
  if (other === undefined) continue;

  Deno.test(`a ${own} is offered about a ${other} what the controller does`, () => {
    const offers = offered(own, other).map((action) => DEEDS[action]);
    const offeredDeeds = new Set(offers.flatMap((offer) => "deed" in offer ? [offer.deed] : []));
    assert.deepEqual([...offeredDeeds].toSorted(), deeds.toSorted());
    assert.equal(mayModerate(own, other), deeds.length > 0);
  });

  Deno.test(`a ${own} is offered to give a ${other} each other role that the controller gives`, () => {
    const offeredRoles = offered(own, other).map((action) => DEEDS[action])
      .flatMap((offer) => "role" in offer ? [offer.role] : []);
    assert.deepEqual(offeredRoles, rolesToGive.filter((role) => role !== subject));
  });
}

for (const { actor, deeds } of vectors.toMeeting) {
  Deno.test(`a ${actor} is offered to moderate and to end the meeting as the controller allows`, () => {
    const own = OWN_ROLES.find((role) => ROLES[role] === actor)!;
    assert.equal(isModerator(own), deeds.includes("mute_all"));
    assert.equal(mayEndForAll(own), deeds.includes("end_meeting"));
  });
}

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

import assert from "node:assert/strict";
import type { Role } from "../participant/participant.ts";
import {
  DEEDS_TO_MEETING,
  DEEDS_TO_SOMEBODY,
  objectionTo,
  objectionToMeetingDeed,
  objectionToRole,
} from "./permissions.ts";

const ROLES: readonly Role[] = ["host", "co_host", "participant"];
/** To whom: somebody of each role, and oneself. */
const SUBJECTS = ["host", "co_host", "participant", "self"] as const;

// Whom each may do it to: host, co-host, participant, self.
const TO_SOMEBODY: Readonly<Record<typeof DEEDS_TO_SOMEBODY[number], Record<Role, string>>> = {
  mute: { host: "yes yes yes no", co_host: "no yes yes no", participant: "no no no no" },
  ask_to_unmute: { host: "yes yes yes no", co_host: "no yes yes no", participant: "no no no no" },
  stop_stream: { host: "yes yes yes no", co_host: "no yes yes no", participant: "no no no no" },
  lower_hand: { host: "yes yes yes yes", co_host: "no yes yes yes", participant: "no no no no" },
  remove: { host: "yes yes yes no", co_host: "no yes yes no", participant: "no no no no" },
  ban: { host: "yes yes yes no", co_host: "no yes yes no", participant: "no no no no" },
};

for (const deed of DEEDS_TO_SOMEBODY) {
  Deno.test(`who may ${deed.replaceAll("_", " ")} whom`, () => {
    for (const actor of ROLES) {
      const allowed = SUBJECTS.map((subject) => {
        const isActor = subject === "self";
        const role = isActor ? actor : subject;
        return objectionTo(actor, deed, { role, isActor }) === undefined ? "yes" : "no";
      });
      assert.equal(allowed.join(" "), TO_SOMEBODY[deed][actor], actor);
    }
  });
}

// Who may: host, co-host, participant.
const TO_MEETING: Readonly<Record<typeof DEEDS_TO_MEETING[number], string>> = {
  mute_all: "yes yes no",
  lower_all_hands: "yes yes no",
  lock: "yes yes no",
  lobby: "yes yes no",
  decide_admission: "yes yes no",
  end_meeting: "yes no no",
};

Deno.test("who may do what to the meeting", () => {
  for (const deed of DEEDS_TO_MEETING) {
    const allowed = ROLES.map((actor) =>
      objectionToMeetingDeed(actor, deed) === undefined ? "yes" : "no"
    );
    assert.equal(allowed.join(" "), TO_MEETING[deed], deed);
  }
});

// By actor, then by the role so far: which roles may be given.
const ROLES_TO_GIVE: Readonly<Record<Role, Record<typeof SUBJECTS[number], readonly Role[]>>> = {
  host: { host: ROLES, co_host: ROLES, participant: ROLES, self: ROLES },
  co_host: {
    host: [],
    co_host: ["co_host", "participant"],
    participant: ["co_host", "participant"],
    self: ["co_host", "participant"],
  },
  participant: { host: [], co_host: [], participant: [], self: [] },
};

Deno.test("who may give which role to whom", () => {
  for (const actor of ROLES) {
    for (const subject of SUBJECTS) {
      const isActor = subject === "self";
      const role = isActor ? actor : subject;
      const given = ROLES.filter((to) =>
        objectionToRole(actor, { role, isActor }, to) === undefined
      );
      assert.deepEqual(given, ROLES_TO_GIVE[actor][subject], `${actor} ${subject}`);
    }
  }
});

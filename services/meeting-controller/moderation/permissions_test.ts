import assert from "node:assert/strict";
import vectors from "../../../proto/vectors/moderation_permissions.json" with { type: "json" };
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
const SUBJECTS = [...ROLES, "self"];

Deno.test("the table has every actor with every subject once", () => {
  assert.deepEqual(
    vectors.toSomebody.map(({ actor, subject }) => `${actor} ${subject}`),
    ROLES.flatMap((actor) => SUBJECTS.map((subject) => `${actor} ${subject}`)),
  );
  assert.deepEqual(vectors.toMeeting.map(({ actor }) => actor), ROLES);
});

for (const { actor: named, subject: name, deeds, rolesToGive } of vectors.toSomebody) {
  const actor = named as Role;
  const isActor = name === "self";
  const subject = { role: isActor ? actor : name as Role, isActor };

  Deno.test(`what a ${named} may do to a ${name}`, () => {
    const allowed = DEEDS_TO_SOMEBODY.filter((deed) => !objectionTo(actor, deed, subject));
    assert.deepEqual(allowed, deeds);
  });

  Deno.test(`which roles a ${named} may give a ${name}`, () => {
    assert.deepEqual(ROLES.filter((to) => !objectionToRole(actor, subject, to)), rolesToGive);
  });
}

for (const { actor, deeds } of vectors.toMeeting) {
  Deno.test(`what a ${actor} may do to the meeting`, () => {
    const allowed = DEEDS_TO_MEETING.filter((deed) => !objectionToMeetingDeed(actor as Role, deed));
    assert.deepEqual(allowed, deeds);
  });
}

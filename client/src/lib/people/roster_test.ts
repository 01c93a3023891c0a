import assert from "node:assert/strict";
import { meeting, participant, stream } from "../ui/testing/meeting_states.ts";
import { handQueue, microphoneOf, peopleNamed, peopleOf } from "./roster.ts";

const self = { name: "Ada", silent: false, visible: true, sharing: [] };

Deno.test("oneself comes first, then who moderates, then the others as they came", () => {
  const state = meeting({
    participants: [
      participant("Bob"),
      participant("Cleo", { role: "co-host" }),
      participant("Dan"),
      participant("Eve", { role: "host" }),
    ],
  });
  assert.deepEqual(peopleOf(state, self).map(({ name }) => name), [
    "Ada",
    "Cleo",
    "Eve",
    "Bob",
    "Dan",
  ]);
});

Deno.test("hands are in the order in which they went up, one's own among them", () => {
  const state = meeting({
    handRaised: 5,
    participants: [
      participant("Bob", { handRaised: 9 }),
      participant("Cleo"),
      participant("Dan", { handRaised: 2 }),
    ],
  });
  const queue = handQueue(peopleOf(state, self));
  assert.deepEqual(queue.map(({ name }) => name), ["Dan", "Ada", "Bob"]);
});

Deno.test("a microphone is on, muted, muted by a moderator, or not there", () => {
  const muted = { ...stream("a", "audio"), muted: true };
  assert.equal(microphoneOf({ streams: [] }), "none");
  assert.equal(microphoneOf({ streams: [stream("a", "audio")] }), "on");
  assert.equal(microphoneOf({ streams: [muted] }), "muted");
  assert.equal(
    microphoneOf({ streams: [{ ...muted, mutedByModerator: true }] }),
    "muted-by-moderator",
  );
});

Deno.test("one's own microphone shows that a moderator muted it", () => {
  const held = { streamId: "a", type: "audio", codec: "", muted: true, mutedByModerator: true };
  const state = meeting({ localStreams: [held as const] });
  assert.equal(peopleOf(state, { ...self, silent: true })[0]?.microphone, "muted-by-moderator");
  assert.equal(peopleOf(meeting({}), { ...self, silent: true })[0]?.microphone, "muted");
});

Deno.test("people are found by any part of their name, whatever its case and accents", () => {
  const state = meeting({ participants: [participant("Zoë Kravitz"), participant("Bob")] });
  const people = peopleOf(state, self);
  const found = (query: string) => peopleNamed(people, query).map(({ name }) => name);
  assert.deepEqual(found("zoe"), ["Zoë Kravitz"]);
  assert.deepEqual(found(" krav  ZO "), ["Zoë Kravitz"]);
  assert.deepEqual(found("x"), []);
  assert.equal(found("").length, 3);
});

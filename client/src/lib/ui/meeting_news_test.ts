import assert from "node:assert/strict";
import type { MeetingState, PublishedStream } from "../../../core/meeting/meeting_state.ts";
import { newlyMuted, newsBetween } from "./meeting_news.ts";
import { meeting, participant } from "./testing/meeting_states.ts";

const own = (type: PublishedStream["type"], held: boolean): PublishedStream => ({
  streamId: type,
  type,
  codec: "",
  muted: held,
  mutedByModerator: held,
});
const bob = participant("Bob");
const news = (before: Partial<MeetingState>, after: Partial<MeetingState>) =>
  newsBetween(meeting(before), meeting(after));

Deno.test("who came and who went is told", () => {
  assert.deepEqual(news({ participants: [bob] }, { participants: [participant("Cleo")] }), [
    { what: "left", name: "Bob" },
    { what: "joined", name: "Cleo" },
  ]);
});

Deno.test("people who came while the session was being resumed are told, too", () => {
  assert.deepEqual(news({ phase: "reconnecting" }, { participants: [bob] }), [
    { what: "joined", name: "Bob" },
  ]);
});

Deno.test("who is there when somebody joins, or joins anew, is no news", () => {
  assert.deepEqual(news({ phase: "joining" }, { participants: [bob] }), []);
  assert.deepEqual(news({ participantId: "before" }, { participants: [bob] }), []);
  assert.deepEqual(newsBetween(undefined, meeting({ participants: [bob] })), []);
});

Deno.test("a hand that goes up is told, one that was up or goes down is not", () => {
  const raised = { participants: [participant("Bob", { handRaised: 1 })] };
  assert.deepEqual(news({ participants: [bob] }, raised), [{ what: "hand-raised", name: "Bob" }]);
  assert.deepEqual(news(raised, { participants: [bob] }), []);
});

Deno.test("the own role is told, and the lock to those who moderate", () => {
  assert.deepEqual(news({}, { role: "co-host" }), [{ what: "role", role: "co-host" }]);
  assert.deepEqual(news({ role: "host" }, { role: "host", locked: true }), [
    { what: "locked", locked: true },
  ]);
  assert.deepEqual(news({}, { locked: true }), []);
});

Deno.test("a moderator's mute is told once, the microphone last", () => {
  const streams = (held: boolean) => ({ localStreams: [own("audio", held), own("camera", held)] });
  assert.deepEqual(news(streams(false), streams(true)), [
    { what: "muted-by-moderator", source: "camera" },
    { what: "muted-by-moderator", source: "microphone" },
  ]);
  assert.deepEqual(news(streams(true), streams(true)), []);
});

Deno.test("a stream that somebody muted themselves was not muted by a moderator", () => {
  const before = { localStreams: [own("audio", false)] };
  const after = { localStreams: [{ ...own("audio", false), muted: true }] };
  assert.deepEqual(newlyMuted(before, after), []);
});

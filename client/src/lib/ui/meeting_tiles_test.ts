import assert from "node:assert/strict";
import type {
  MeetingState,
  RemoteParticipant,
  RemoteStream,
  StreamType,
} from "../../../core/meeting/meeting_state.ts";
import { faces, tilesOf } from "./meeting_tiles.ts";
import { meeting, participant, stream as sent } from "./testing/meeting_states.ts";

const stream = (streamId: string, type: StreamType, muted = false): RemoteStream => ({
  ...sent(streamId, type),
  muted,
});

const person = (id: string, name: string, ...streams: RemoteStream[]): RemoteParticipant =>
  participant(name, { id, streams });

const stateWith = (...participants: RemoteParticipant[]): MeetingState => meeting({ participants });

const self = { name: "Ada", muted: true, cameras: [], shares: [] };

Deno.test("the others come first and the own tile last", () => {
  const state = stateWith(person("b", "Bob"), person("c", "Cleo"));
  const { people } = tilesOf(state, self);
  assert.deepEqual(people.map((tile) => tile.name), ["Bob", "Cleo", "Ada"]);
  assert.equal(people[2]?.isSelf, true);
  assert.equal(people[2]?.muted, true);
});

Deno.test("the own tile is there before the meeting answers", () => {
  assert.deepEqual(tilesOf(undefined, self).people.map((tile) => tile.name), ["Ada"]);
});

Deno.test("a camera that is off and a microphone that is not there show as such", () => {
  const state = stateWith(
    person("b", "Bob", stream("v", "camera", true), stream("a", "audio")),
    person("c", "Cleo", stream("w", "camera")),
  );
  const [bob, cleo] = tilesOf(state, self).people;
  assert.equal(bob?.videoStreamId, undefined);
  assert.equal(bob?.muted, false);
  assert.equal(cleo?.videoStreamId, "w");
  assert.equal(cleo?.muted, true);
});

Deno.test("each further camera has a tile of its own, next to its person", () => {
  const desk = { ...stream("desk", "camera"), label: "Desk" };
  const state = stateWith(
    person("b", "Bob", stream("face", "camera"), desk),
    person("c", "Cleo"),
  );
  const tiles = tilesOf(state, { ...self, cameras: [{ streamId: "mine", label: "Board" }] });
  assert.deepEqual(
    faces(tiles).map((tile) => tile.kind === "camera" ? `${tile.name}: ${tile.label}` : tile.name),
    ["Bob", "Bob: Desk", "Cleo", "Ada", "Ada: Board"],
  );
});

Deno.test("turning the first camera off does not put a further one in its place", () => {
  const state = stateWith(
    person("b", "Bob", stream("face", "camera", true), stream("desk", "camera")),
  );
  const { people, cameras } = tilesOf(state, self);
  assert.equal(people[0]?.videoStreamId, undefined);
  assert.deepEqual(cameras.map(({ streamId }) => streamId), ["desk"]);
});

Deno.test("every shared screen has its own tile", () => {
  const state = stateWith(person("b", "Bob", stream("s1", "screen"), stream("s2", "screen")));
  const { shares } = tilesOf(state, { ...self, shares: ["mine"] });
  assert.deepEqual(shares.map((tile) => [tile.name, tile.streamId]), [
    ["Bob", "s1"],
    ["Bob", "s2"],
    ["Ada", "mine"],
  ]);
});

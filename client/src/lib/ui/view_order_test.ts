import assert from "node:assert/strict";
import type { PersonTile, ShareTile } from "./meeting_tiles.ts";
import { viewOrderOf } from "./view_order.ts";

const person = (name: string, camera = true): PersonTile => ({
  kind: "person",
  key: name,
  participantId: name,
  name,
  isSelf: false,
  muted: false,
  ...(camera ? { videoStreamId: `${name}'s camera` } : {}),
});

const share = (name: string, isSelf = false): ShareTile => ({
  kind: "share",
  key: `${name}'s share`,
  participantId: name,
  name,
  isSelf,
  streamId: `${name}'s share`,
});

const people = [person("ada"), person("bob"), person("cleo"), person("dan", false)];

Deno.test("without anything else people stand as in the grid, those without a camera left out", () => {
  assert.deepEqual(viewOrderOf({ people, shares: [], speakers: [] }), {
    streamIds: ["ada's camera", "bob's camera", "cleo's camera"],
  });
});

Deno.test("who speaks comes first, the loudest before the others", () => {
  const { streamIds } = viewOrderOf({ people, shares: [], speakers: ["cleo", "bob"] });
  assert.deepEqual(streamIds, ["cleo's camera", "bob's camera", "ada's camera"]);
});

Deno.test("shared screens come before faces, one's own is not asked for", () => {
  const shares = [share("bob"), share("me", true)];
  const { streamIds } = viewOrderOf({ people, shares, speakers: ["cleo"] });
  assert.deepEqual(streamIds.slice(0, 2), ["bob's share", "cleo's camera"]);
  assert.ok(!streamIds.includes("me's share"));
});

Deno.test("what is looked at comes before everything", () => {
  const shares = [share("bob"), share("cleo")];
  const order = viewOrderOf({ people, shares, focusedKey: "cleo's share", speakers: [] });
  assert.equal(order.focused, "cleo's share");
  assert.deepEqual(order.streamIds.slice(0, 2), ["cleo's share", "bob's share"]);
});

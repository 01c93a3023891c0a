import assert from "node:assert/strict";
import { ConnectedParticipants } from "./media_presence.ts";

const entry = (participantId: string, connected = true) => ({
  meetingId: "m",
  participantId,
  connected,
});

Deno.test("only what changes is news", () => {
  const connected = new ConnectedParticipants();
  assert.equal(connected.note(entry("anna")), true);
  assert.equal(connected.note(entry("anna")), false);
  assert.equal(connected.note(entry("ben", false)), false);
  assert.deepEqual([...connected.of("m")], ["anna"]);
  assert.equal(connected.note(entry("anna", false)), true);
  assert.deepEqual([...connected.of("m")], []);
});

Deno.test("a first report says of those whom it does not name that they are gone", () => {
  const connected = new ConnectedParticipants();
  connected.note(entry("anna"));
  connected.note(entry("ben"));
  assert.deepEqual(connected.replace([entry("ben"), entry("cleo")]), [
    entry("anna", false),
    entry("cleo"),
  ]);
  assert.deepEqual([...connected.of("m")], ["ben", "cleo"]);
});

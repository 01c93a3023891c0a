import assert from "node:assert/strict";
import { CAMERA, ScriptedMeeting } from "../testing/scripted_meeting.ts";
import { ScriptedServers } from "../testing/scripted_servers.ts";
import { CloseCode } from "../transport/webtransport_session.ts";

/** A client that knocked; its first `refusals` join requests are answered with the lobby. */
async function knocking({ mustKnock = false } = {}) {
  const servers = new ScriptedServers();
  let lobby = true;
  servers.script = (request) => {
    if (request.case !== "joinRequest" || !lobby) return undefined;
    lobby = false;
    return { case: "lobbyResponse", value: { displayName: "Weekly" } };
  };
  const client = new ScriptedMeeting(servers, {
    fetchGrant: async () => ({ ...await servers.fetchGrant(), mustKnock }),
  });
  if (mustKnock) await client.settle(client.meeting.prepare());
  const joining = client.meeting.join({ name: "Ada", streams: [CAMERA] });
  joining.catch(() => undefined);
  await client.time.advance(0);
  return { client, servers, joining, lobbyAgain: () => lobby = true };
}

Deno.test("who is admitted joins in the same session, without another token", async () => {
  const { client, servers, joining } = await knocking();
  await using _client = client;
  assert.equal(client.state.phase, "waiting");
  assert.equal(client.state.displayName, "Weekly");
  await client.time.advance(60_000);
  servers.newest("controller").say({ case: "admissionDecided", value: {} });
  await client.settle(joining);
  assert.equal(client.state.phase, "joined");
  assert.equal(client.state.media, "connected");
  assert.equal(servers.grants, 1);
  const joins = servers.newest("controller").requests
    .flatMap((request) => request.case === "joinRequest" ? [request.value] : []);
  assert.deepEqual(joins.map(({ joinToken }) => joinToken), ["join-1", ""]);
  assert.deepEqual(joins.map(({ streams }) => streams[0]?.streamId), [
    CAMERA.streamId,
    CAMERA.streamId,
  ]);
});

Deno.test("who must knock is not prepared before somebody decides", async () => {
  const { client, servers } = await knocking({ mustKnock: true });
  await using _client = client;
  assert.deepEqual(servers.asked, ["joinRequest"]);
  assert.equal(client.state.phase, "waiting");
});

Deno.test("who is denied or banned is told so, and does not try again", async () => {
  for (
    const [closeCode, reason] of [
      [CloseCode.denied, "not-admitted"],
      [CloseCode.banned, "banned"],
    ] as const
  ) {
    const { client, servers, joining } = await knocking();
    await using _client = client;
    servers.newest("controller").session.end({ closeCode });
    await client.settle(assert.rejects(joining, { reason }));
    assert.equal(client.state.phase, "failed");
    assert.equal(servers.grants, 1);
  }
});

Deno.test("a lobby whose controller is lost after an hour is entered again", async () => {
  const { client, servers, joining, lobbyAgain } = await knocking();
  await using _client = client;
  await client.time.advance(3_600_000);
  lobbyAgain();
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await client.time.advance(2_000);
  assert.equal(client.state.phase, "waiting");
  assert.equal(servers.grants, 2);
  servers.newest("controller").say({ case: "admissionDecided", value: {} });
  await client.settle(joining);
  assert.equal(client.state.phase, "joined");
});

Deno.test("who leaves the lobby is gone", async () => {
  const { client, servers, joining } = await knocking();
  await using _client = client;
  const refused = assert.rejects(joining, { name: "AbortError" });
  await client.settle(client.meeting.leave());
  await refused;
  assert.equal(client.state.phase, "left");
  assert.notEqual(servers.newest("controller").session.closedByClient, undefined);
});

Deno.test("a ban in the meeting ends it for good", async () => {
  await using client = await ScriptedMeeting.joined();
  client.servers.newest("controller").session.end({ closeCode: CloseCode.banned });
  await client.time.advance(0);
  assert.equal(client.state.error?.reason, "banned");
  assert.equal(client.servers.grants, 1);
});

import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../participant/close_code.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import { HEARTBEAT_LIMIT_MS } from "./heartbeat.ts";

const settings = { lobbyEnabled: true };

async function openLobby(options: { clock?: ManualClock } = {}) {
  const stage = await MeetingStage.open({ ...options, settings });
  const host = await stage.join("Host", {
    joinToken: await stage.token(undefined, { role: "host" }),
  });
  const knocking = async () => await stage.token(undefined, { knock: true });
  const knock = async (name: string) => {
    const client = await stage.connect();
    const request = await stage.joinRequest(name, { joinToken: await knocking() });
    const { participantId } = await client.request(request, "lobbyResponse");
    return { client, participantId };
  };
  const decide = (participantIds: string[], admit: boolean) =>
    host.request(
      { case: "decideAdmission", value: { participantIds, admit } },
      "acknowledgement",
    );
  const dispose = () => stage[Symbol.asyncDispose]();
  return { stage, host, knocking, knock, decide, [Symbol.asyncDispose]: dispose };
}

Deno.test("who has to knock waits unseen, and is in with the second request once admitted", async () => {
  await using lobby = await openLobby();
  const { stage, host } = lobby;
  const { client, participantId } = await lobby.knock("Ben");
  const { knocks } = await host.event("lobbyUpdated");
  assert.deepEqual(knocks.map(({ name }) => name), ["Ben"]);
  const [handler] = stage.media.handlers;
  assert.ok(!handler!.participants.has(participantId), "nothing at the media handler");
  const early = await stage.joinRequest("Ben", { joinToken: "" });
  assert.equal(await client.refused(early), ErrorCode.FORBIDDEN);

  await lobby.decide([participantId], true);
  await client.event("admissionDecided");
  const joined = await client.request(early, "joinResponse");
  assert.equal(joined.participantId, participantId);
  assert.equal((await host.event("participantJoined")).participant?.participantId, participantId);
});

Deno.test("who is denied is closed with code 11", async () => {
  await using lobby = await openLobby();
  const { client, participantId } = await lobby.knock("Ben");
  await lobby.decide([participantId], false);
  assert.equal((await client.closed).closeCode, CloseCode.DENIED);
});

Deno.test("a knocking token that was prepared gets no media server, and knocks with the join", async () => {
  await using lobby = await openLobby();
  const { stage } = lobby;
  const client = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await lobby.knocking() };
  const prepared = await client.request(
    { case: "prepareRequest", value: prepare },
    "prepareResponse",
  );
  assert.equal(prepared.mediaServer, undefined);
  const request = await stage.joinRequest("Ben", { joinToken: "" });
  await client.request(request, "lobbyResponse");
  await lobby.decide([], true);
  await client.event("admissionDecided");
  await client.request(request, "joinResponse");
});

Deno.test("where the lobby was switched off meanwhile nobody knocks", async () => {
  await using lobby = await openLobby();
  lobby.stage.assign({ lobbyEnabled: false });
  const joinToken = await lobby.knocking();
  await lobby.stage.join("Ben", { joinToken });
});

Deno.test("who goes while waiting, by a word or without one, waits no more", async () => {
  const clock = new ManualClock();
  await using lobby = await openLobby({ clock });
  const [leaving, silent] = [await lobby.knock("Ben"), await lobby.knock("Cleo")];
  await leaving.client.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  for (let passed = 0; passed < HEARTBEAT_LIMIT_MS; passed += 1_000) {
    clock.advance(1_000);
    await lobby.host.settle();
  }
  const { closeCode } = await clock.advanceUntil(silent.client.closed);
  assert.equal(closeCode, CloseCode.TIMEOUT);
  let knocks = 2;
  while (knocks > 0) knocks = (await lobby.host.event("lobbyUpdated")).knocks.length;
});

Deno.test("who is let in passes the lock, and who is banned meanwhile does not", async () => {
  await using lobby = await openLobby();
  const { stage, host } = lobby;
  const { client, participantId } = await lobby.knock("Ben");
  const lock = { case: "changeMeeting", value: { locked: true } } as const;
  await host.request(lock, "acknowledgement");
  assert.equal((await host.event("meetingUpdated")).locked, true);
  await lobby.decide([participantId], true);
  await client.event("admissionDecided");
  await client.request(await stage.joinRequest("Ben", { joinToken: "" }), "joinResponse");
  const ban = { case: "removeParticipant", value: { participantId, ban: true } } as const;
  await host.request(ban, "acknowledgement");
  assert.equal((await client.closed).closeCode, CloseCode.BANNED);

  const back = await stage.connect();
  const joinToken = await stage.token(participantId);
  const request = await stage.joinRequest("Ben", { joinToken });
  assert.equal(await back.refused(request), ErrorCode.FORBIDDEN);
  assert.equal((await back.closed).closeCode, CloseCode.BANNED);
});

Deno.test("guests from the network of a banned guest knock, lobby or not", async () => {
  await using stage = await MeetingStage.open();
  const host = await stage.join("Host", {
    joinToken: await stage.token(undefined, { role: "host" }),
  });
  const from = (claims = {}) => stage.token(undefined, { network: "n-1", ...claims });
  const ben = await stage.join("Ben", { joinToken: await from() });
  const { participantId } = ben;
  const ban = { case: "removeParticipant", value: { participantId, ban: true } } as const;
  await host.request(ban, "acknowledgement");
  const cleo = await stage.connect();
  const request = await stage.joinRequest("Cleo", { joinToken: await from() });
  await cleo.request(request, "lobbyResponse");
  await stage.join("Dora", { joinToken: await from({ user_id: crypto.randomUUID() }) });
});

Deno.test("a role that was given goes before that of the next token of the same account", async () => {
  await using stage = await MeetingStage.open();
  const host = await stage.join("Host", {
    joinToken: await stage.token(undefined, { role: "host" }),
  });
  const account = { user_id: crypto.randomUUID() };
  const anna = await stage.join("Anna", { joinToken: await stage.token(undefined, account) });
  const change = { participantId: anna.participantId, role: 1 };
  await host.request({ case: "changeRole", value: change }, "acknowledgement");
  await anna.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  const again = await stage.join("Anna", { joinToken: await stage.token(undefined, account) });
  assert.equal(again.joined.self?.role, 1);
});

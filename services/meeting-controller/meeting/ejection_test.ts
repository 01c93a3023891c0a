import assert from "node:assert/strict";
import { ErrorCode, LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../participant/close_code.ts";
import { audioStream, MeetingStage } from "../testing/meeting_stage.ts";
import { decodeJwt } from "jose";

const tokenIdOf = (token: string) => decodeJwt(token).jti!;

Deno.test("who is ejected is gone here and at the media handler, and the others stay", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben", { streams: [audioStream()] });
  await ben.settle();
  const [handler] = stage.media.handlers;
  assert.equal(handler!.participants.has(ben.participantId), true);

  await stage.controller.eject(stage.meetingId, ben.participantId, "be kind");
  assert.equal(handler!.participants.has(ben.participantId), false);
  const { closeCode, reason } = await ben.closed;
  assert.deepEqual([closeCode, reason], [CloseCode.REMOVED, "be kind"]);
  const left = await anna.event("participantLeft");
  assert.deepEqual([left.participantId, left.reason], [ben.participantId, LeaveReason.KICKED]);
  await anna.settle();
  const last = stage.occurrences.at(-1);
  assert.ok(last?.type === "left" && last.reason === LeaveReason.KICKED);

  await stage.controller.eject(stage.meetingId, ben.participantId, "again");
  await anna.settle();
});

Deno.test("no token of somebody who was ejected is good any more", async () => {
  await using stage = await MeetingStage.open();
  const ben = await stage.join("Ben");
  const another = await stage.token(ben.participantId);
  await stage.controller.eject(stage.meetingId, ben.participantId, "");
  const back = await stage.connect();
  const request = await stage.joinRequest("Ben", { joinToken: another });
  assert.equal(await back.refused(request), ErrorCode.UNAUTHORIZED);
});

Deno.test("somebody who is only prepared can be ejected", async () => {
  await using stage = await MeetingStage.open();
  const ben = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  const { participantId } = await ben.request(
    { case: "prepareRequest", value: prepare },
    "prepareResponse",
  );
  await stage.controller.eject(stage.meetingId, participantId, "");
  assert.equal((await ben.closed).closeCode, CloseCode.REMOVED);
  assert.equal(stage.media.handlers[0]!.participants.size, 0);
});

Deno.test("somebody whom the media handler is just getting to know can be ejected", async () => {
  await using stage = await MeetingStage.open();
  const [handler] = stage.media.handlers;
  const gate = Promise.withResolvers<void>();
  handler!.gate = gate.promise;
  const joinToken = await stage.token();
  const ben = await stage.connect();
  const answer = ben.refused(await stage.joinRequest("Ben", { joinToken }));
  await stage.settle();
  await stage.controller.revokeTokens(stage.meetingId, [tokenIdOf(joinToken)]);
  gate.resolve();
  assert.equal(await answer, ErrorCode.UNAUTHORIZED);
  await stage.settle();
  assert.equal(handler!.participants.size, 0);
});

Deno.test("a revoked token lets nobody in, and ejects who came in with it", async () => {
  await using stage = await MeetingStage.open();
  const [unused, used] = [await stage.token(), await stage.token()];
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben", { joinToken: used });
  await stage.controller.revokeTokens(stage.meetingId, [tokenIdOf(unused), tokenIdOf(used)]);
  assert.equal((await ben.closed).closeCode, CloseCode.REMOVED);
  const cleo = await stage.connect();
  const request = await stage.joinRequest("Cleo", { joinToken: unused });
  assert.equal(await cleo.refused(request), ErrorCode.UNAUTHORIZED);
  await anna.settle();
  assert.equal(anna.roster.size, 0);
});

Deno.test("a meeting that is not here has nobody to eject", async () => {
  await using stage = await MeetingStage.open();
  await stage.controller.eject(crypto.randomUUID(), crypto.randomUUID(), "");
  await stage.controller.revokeTokens(crypto.randomUUID(), [crypto.randomUUID()]);
});

Deno.test("a locked meeting lets in hosts alone, and those who are in stay", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const prepared = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  await prepared.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  const joinToken = await stage.token();
  stage.assign({ locked: true });

  const ben = await stage.connect();
  const refused = await ben.refused(await stage.joinRequest("Ben", { joinToken }));
  assert.equal(refused, ErrorCode.FORBIDDEN);
  const late = await prepared.refused(await stage.joinRequest("Cleo", { joinToken: "" }));
  assert.equal(late, ErrorCode.FORBIDDEN);
  const hostToken = await stage.token(undefined, { role: "host" });
  await stage.join("Host", { joinToken: hostToken });
  await anna.event("participantJoined");

  stage.assign({ locked: false });
  await ben.request(await stage.joinRequest("Ben", { joinToken }), "joinResponse");
});

Deno.test("a name that the token fixes is the one to appear, and reports say who it was", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const userId = crypto.randomUUID();
  const claims = { name: "Dr. Ada", role: "host", user_id: userId, user_reference: "crm-17" };
  await stage.join("Somebody", { joinToken: await stage.token(undefined, claims) });
  assert.equal((await anna.event("participantJoined")).participant?.name, "Dr. Ada");
  const { participantName, role, userReference, ...reported } = stage.occurrences.at(-1)!;
  assert.deepEqual([participantName, role, reported.userId, userReference], [
    "Dr. Ada",
    "host",
    userId,
    "crm-17",
  ]);
});

Deno.test("one token used a hundred times at once lets in one session", async () => {
  await using stage = await MeetingStage.open();
  const joinToken = await stage.token();
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    const client = await stage.connect();
    return (await client.ask(await stage.joinRequest(`Ada ${i}`, { joinToken }))).case;
  }));
  assert.equal(answers.filter((answer) => answer === "joinResponse").length, 1);
  assert.equal(answers.filter((answer) => answer === "error").length, 99);
});

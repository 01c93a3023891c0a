import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { FakeMediaHandler, FakeMediaHandlers } from "../testing/fake_media_handlers.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { InProcessStores, MEETING_SETTINGS, RegionStage } from "../testing/region_stage.ts";
import { VAIN_BURST } from "./unproven_openings.ts";

Deno.test("an assignment owns nothing: the meeting is acquired when the first one comes", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  first!.controller.assign(stage.meetingId, MEETING_SETTINGS);
  await stage.join(second!, "Anna");
  const client = await first!.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token(first!) };
  assert.equal(await client.refused({ case: "prepareRequest", value: prepare }), ErrorCode.MOVED);
});

Deno.test("media stays where the assignment said, though another place is better when people come", async () => {
  const early = new FakeMediaHandler("early");
  const media = new FakeMediaHandlers([early]);
  await using stage = await RegionStage.open({ media });
  const [first] = stage.nodes;
  const assigned = first!.controller.assign(stage.meetingId, MEETING_SETTINGS);
  assert.equal(assigned?.mediaHandler?.handlerId, "early");
  media.handlers.unshift(new FakeMediaHandler("better"));
  const again = first!.controller.assign(stage.meetingId, MEETING_SETTINGS);
  assert.equal(again?.mediaHandler?.handlerId, "early");
  const anna = await stage.join(first!, "Anna");
  assert.equal(anna.joined.mediaServer?.mediaHandlerUrl, early.endpoint);
});

Deno.test("a place that dies before anybody comes is not kept", async () => {
  const early = new FakeMediaHandler("early");
  const media = new FakeMediaHandlers([early]);
  await using stage = await RegionStage.open({ media });
  const [first] = stage.nodes;
  first!.controller.assign(stage.meetingId, MEETING_SETTINGS);
  early.die();
  const other = new FakeMediaHandler("other");
  media.handlers.push(other);
  const anna = await stage.join(first!, "Anna");
  assert.equal(anna.joined.mediaServer?.mediaHandlerUrl, other.endpoint);
});

Deno.test("tokens that were revoked before anybody came let nobody in", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const { controller } = first!;
  const joinToken = await stage.token(first!);
  const ejected = await stage.token(first!);
  controller.assign(stage.meetingId, MEETING_SETTINGS);
  await controller.revokeTokens(stage.meetingId, [decodeJwt(joinToken).jti!]);
  await controller.eject(stage.meetingId, decodeJwt(ejected).sub!, "be kind");
  for (const token of [joinToken, ejected]) {
    const client = await first!.connect();
    const prepare = { meetingId: stage.meetingId, joinToken: token };
    const refused = await client.refused({ case: "prepareRequest", value: prepare });
    assert.equal(refused, ErrorCode.UNAUTHORIZED);
  }
});

Deno.test("settings that are assigned while the meeting is here count at once", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  first!.controller.assign(stage.meetingId, { ...MEETING_SETTINGS, locked: true });
  assert.equal((await anna.client.event("meetingUpdated")).locked, true);
});

Deno.test("a meeting that does not exist is found nowhere, and owned by nobody", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const client = await first!.connect();
  const meetingId = crypto.randomUUID();
  const joinToken = await stage.token(first!, "participant", meetingId);
  const refused = await client.refused({
    case: "prepareRequest",
    value: { meetingId, joinToken },
  });
  assert.equal(refused, ErrorCode.NOT_FOUND);
  assert.equal(first!.controller.load().meetings, 0);
});

Deno.test("a meeting that the global controller ends is over for everyone in it", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  await stage.clock.advanceUntil(first!.controller.end(stage.meetingId));
  await stage.clock.advanceUntil(anna.client.closed);
  assert.equal(first!.controller.load().meetings, 0);
});

Deno.test("a ban that was lifted elsewhere is lifted in a meeting that runs, once it is assigned again", async () => {
  const clock = new ManualClock();
  const stores = new InProcessStores(clock);
  await using stage = await RegionStage.open({ clock, stores });
  const [first] = stage.nodes;
  const host = await stage.join(first!, "Hedy", { role: "host" });
  const account = crypto.randomUUID();
  const token = () => stage.token(first!, "participant", stage.meetingId, { user_id: account });
  const come = async () => {
    const client = await first!.connect();
    const value = { meetingId: stage.meetingId, joinToken: await token() };
    return (await client.ask({ case: "prepareRequest", value })).case;
  };
  const anna = await stage.join(first!, "Anna", { joinToken: await token() });
  const ban = { participantId: anna.id, ban: true };
  await host.client.request({ case: "removeParticipant", value: ban }, "acknowledgement");
  assert.equal(await come(), "error");
  stores.facts.find(stage.meetingId)!.bans.delete(anna.id);
  first!.controller.assign(stage.meetingId, MEETING_SETTINGS);
  await stage.pass(100);
  assert.equal(await come(), "prepareResponse");
});

Deno.test("made-up meetings do not keep anybody from coming back to one that is there", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  const request = await anna.resumeRequest();
  for (let i = 0; i < VAIN_BURST; i++) {
    const client = await first!.connect();
    const value = { ...request.value, meetingId: crypto.randomUUID() };
    assert.equal(await client.refused({ case: "resumeRequest", value }), ErrorCode.NOT_FOUND);
  }
  const client = await first!.connect();
  const value = { ...request.value, meetingId: crypto.randomUUID() };
  assert.equal(await client.refused({ case: "resumeRequest", value }), ErrorCode.UNAVAILABLE);
  await anna.resumeAt(first!);
});

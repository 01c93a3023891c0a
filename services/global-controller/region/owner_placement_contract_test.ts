import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { startTestApi } from "../testing/test_api.ts";
import { TestLeases } from "../testing/test_leases.ts";
import { testController, testMediaHandler } from "../testing/test_servers.ts";

const databases = testDatabases();

/** A meeting that was assigned to the API's one controller, and another controller. */
async function open() {
  const api = await startTestApi(databases);
  const created = await api.request("POST", "/api/v1/meetings", { body: {} });
  const { meeting_id: meetingId } = await created.json();
  const other = testController("other");
  await api.registry.registerController(other);
  return Object.assign(api, {
    meetingId,
    other,
    leases: new TestLeases(api.sql),
    endpoints: async () => {
      const response = await api.request("GET", `/api/v1/meetings/${meetingId}/endpoints`);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return JSON.parse(text);
    },
    joinsAt: async (): Promise<string> => {
      const path = `/api/v1/meetings/${meetingId}/join`;
      return (await (await api.request("POST", path, { body: {} })).json()).meeting_controller_url;
    },
  });
}

Deno.test("a meeting is where its owner's lease lives, whatever was assigned and heartbeats say", async () => {
  await using api = await open();
  const { leases, meetingId, other, controllers, registry } = api;
  await leases.own(meetingId, other, 1n);
  await api.sql`UPDATE meeting_controllers SET heartbeat_at = now() - interval '10 seconds'
    WHERE controller_id = ${other.controllerId}`;
  const asked = controllers.assigned.length;
  assert.equal((await api.endpoints()).meeting_controller_url, other.endpoint);
  assert.equal(await api.joinsAt(), other.endpoint);
  await registry.deregister(other.controllerId);
  const { meeting_controller_url: url, certificate_hashes: hashes } = await api.endpoints();
  assert.equal(url, other.endpoint);
  assert.ok(hashes.includes(other.certificateHashes[0]));
  assert.equal(controllers.assigned.length, asked, "nobody had to be asked");
});

Deno.test("an owner whose lease ran out is left at once, without a call", async () => {
  await using api = await open();
  const { leases, meetingId, other, controller, controllers } = api;
  await leases.own(meetingId, controller, 1n);
  assert.equal((await api.endpoints()).meeting_controller_url, controller.endpoint);
  await leases.expire(controller);
  const asked = controllers.assigned.length;
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.endpoints()));
  for (const answer of answers) assert.equal(answer.meeting_controller_url, other.endpoint);
  assert.deepEqual(controllers.assigned.slice(asked), [`${other.rpcEndpoint} ${meetingId}`]);
});

Deno.test("a meeting that its draining owner released goes elsewhere", async () => {
  await using api = await open();
  const { leases, meetingId, other, controller, controllers, registry } = api;
  await leases.own(meetingId, controller, 1n);
  await registry.recordHeartbeat({ serverId: controller.controllerId, health: "draining" });
  assert.equal(await api.joinsAt(), controller.endpoint, "it has it still");
  await leases.release(meetingId);
  const asked = controllers.assigned.length;
  assert.equal(await api.joinsAt(), other.endpoint);
  assert.deepEqual(controllers.assigned.slice(asked), [`${other.rpcEndpoint} ${meetingId}`]);
});

Deno.test("an owner whose media handler is gone is asked for the one that it uses now", async () => {
  await using api = await open();
  const { leases, meetingId, controller, controllers, registry, mediaHandler } = api;
  await leases.own(meetingId, controller, 1n);
  await registry.deregister(mediaHandler.handlerId);
  const next = testMediaHandler("next");
  await registry.registerMediaHandler(next);
  controllers.mediaHandler = next;
  const asked = controllers.assigned.length;
  assert.equal((await api.endpoints()).media_handler_url, next.endpoint);
  assert.equal((await api.endpoints()).media_handler_url, next.endpoint);
  assert.equal(controllers.assigned.length, asked + 1);
  await registry.deregister(next.handlerId);
  controllers.refusals.set(controller.rpcEndpoint, "away");
  const { meeting_controller_url: url, media_handler_url: media } = await api.endpoints();
  assert.deepEqual([url, media], [controller.endpoint, null]);
});

Deno.test("nobody moves a meeting that another controller has taken meanwhile", async () => {
  await using api = await open();
  const { leases, meetingId, other, controller, meetings } = api;
  await leases.own(meetingId, other, 2n);
  const third = testController("third");
  await api.registry.registerController(third);
  const assignment = { controllerId: third.controllerId, mediaHandlerId: null };
  assert.equal(await meetings.assign(meetingId, controller.controllerId, assignment), false);
});

Deno.test("new meetings go to a controller whose lease ran out only when there is no other", async () => {
  await using api = await open();
  const { leases, other, controller, meetingId, registry } = api;
  await leases.own(meetingId, controller, 1n);
  await leases.expire(controller);
  const create = async (): Promise<string> =>
    (await (await api.request("POST", "/api/v1/meetings", { body: {} })).json())
      .meeting_controller_url;
  for (let time = 0; time < 10; time++) assert.equal(await create(), other.endpoint);
  await registry.deregister(other.controllerId);
  assert.equal(await create(), controller.endpoint);
});

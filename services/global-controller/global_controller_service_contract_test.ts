import assert from "node:assert/strict";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { testDatabases } from "../../db/test_postgres.ts";
import {
  GlobalControllerService,
  HealthStatus,
  MeetingEventType,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { createLogger } from "../runtime/log.ts";
import { createRpcHandler } from "../runtime/rpc/rpc_server.ts";
import { issueServiceToken } from "../runtime/rpc/service_token.ts";
import { globalControllerRoutes } from "./global_controller_service.ts";
import { testMeeting } from "./testing/test_meeting.ts";
import { createTestStores } from "./testing/test_stores.ts";
import { SilenceWatch } from "./region/silence_watch.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const HASH = new Uint8Array(32).fill(7);
const log = createLogger("test");
const databases = testDatabases();

async function service() {
  const stores = await createTestStores(databases);
  const { registry, meetings } = stores;
  const handler = createRpcHandler({
    secret: SECRET,
    audience: "global-controller",
    routes: globalControllerRoutes({
      registry,
      meetings,
      silence: new SilenceWatch({ registry, meetings, log }),
      joinTokenJwks: () => Promise.resolve('{"keys":[]}'),
      log,
    }),
  });
  const token = await issueServiceToken(SECRET, { issuer: "mc", audience: "global-controller" });
  const client = createClient(
    GlobalControllerService,
    createConnectTransport({
      baseUrl: "http://in-process",
      useBinaryFormat: true,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        request.headers.set("authorization", `Bearer ${token}`);
        return await handler(request) ?? new Response(null, { status: 404 });
      },
    }),
  );
  return {
    registry,
    meetings,
    client,
    [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose](),
  };
}

function controller(changes: Record<string, unknown> = {}) {
  return {
    controllerId: crypto.randomUUID(),
    region: "local",
    endpoint: "https://127.0.0.1:4433",
    rpcEndpoint: "http://127.0.0.1:41234",
    capacity: { maxMeetings: 10, maxParticipants: 100 },
    certificateHashes: [HASH],
    ...changes,
  };
}

function mediaHandler(changes: Record<string, unknown> = {}) {
  return {
    handlerId: crypto.randomUUID(),
    region: "local",
    endpoint: "https://127.0.0.1:4434",
    rpcEndpoint: "http://127.0.0.1:41235",
    capacity: { maxStreams: 10, maxParticipants: 100 },
    certificateHashes: [HASH],
    ...changes,
  };
}

const hasCode = (code: Code) => (error: unknown) =>
  error instanceof ConnectError && error.code === code;

Deno.test("a meeting controller learns the keys and its region's media handlers", async () => {
  await using stage = await service();
  const { client } = stage;
  const near = mediaHandler();
  await client.registerMediaHandler(near);
  await client.registerMediaHandler(mediaHandler({ region: "eu", endpoint: "https://eu:1" }));
  const registered = await client.registerMeetingController(controller());
  assert.equal(registered.joinTokenJwks, '{"keys":[]}');
  assert.ok(Math.abs(Number(registered.time) - Date.now()) < 5_000, "what time it is here");
  assert.deepEqual(registered.mediaHandlers.map(({ handlerId }) => handlerId), [near.handlerId]);
  assert.deepEqual(registered.mediaHandlers[0]?.certificateHashes, [HASH]);
  assert.equal(registered.mediaHandlers[0]?.capacity?.maxStreams, 10);
});

Deno.test("a meeting controller learns of the others of its region, and not of those that drain", async () => {
  await using stage = await service();
  const { client } = stage;
  const at = (region: string, port: number) =>
    controller({ region, endpoint: `https://127.0.0.1:${port}` });
  const [near, draining, asking] = [at("local", 1), at("local", 2), at("local", 3)];
  for (const other of [near, draining, at("eu", 4)]) {
    await client.registerMeetingController(other);
  }
  await client.sendHeartbeat({ ...draining, health: HealthStatus.DRAINING });
  const { meetingControllers } = await client.registerMeetingController(asking);
  const ids = (entries: typeof meetingControllers) =>
    new Set(entries.map(({ controllerId }) => controllerId));
  assert.deepEqual(ids(meetingControllers), new Set([near.controllerId, asking.controllerId]));
  const told = meetingControllers.find(({ controllerId }) => controllerId === near.controllerId);
  assert.equal(told?.endpoint, near.endpoint);
  assert.deepEqual(told?.certificateHashes, [HASH]);
  const beat = await client.sendHeartbeat(asking);
  assert.deepEqual(ids(beat.meetingControllers), ids(meetingControllers));
});

Deno.test("heartbeats carry capacity and health, and a stranger has to register", async () => {
  await using stage = await service();
  const { client, registry } = stage;
  const mc = controller();
  await assert.rejects(client.sendHeartbeat(mc), hasCode(Code.NotFound));
  await client.registerMeetingController(mc);
  await client.registerMediaHandler(mediaHandler());
  const capacity = { maxMeetings: 10, currentMeetings: 4 };
  const beat = { controllerId: mc.controllerId, capacity, health: HealthStatus.DEGRADED };
  assert.equal((await client.sendHeartbeat(beat)).mediaHandlers.length, 1);
  const [listed] = await registry.listHealthyControllers();
  assert.equal(listed?.health, "degraded");
  assert.equal(listed?.capacity.currentMeetings, 4);
});

Deno.test("who drains is offered to nobody, and who says good-bye is unknown afterwards", async () => {
  await using stage = await service();
  const { client, registry } = stage;
  const mc = controller({ version: "1.2.3" });
  const mh = mediaHandler();
  await client.registerMeetingController(mc);
  await client.registerMediaHandler(mh);
  assert.equal((await registry.listHealthyControllers())[0]?.version, "1.2.3");
  const health = HealthStatus.DRAINING;
  await client.sendHeartbeat({ controllerId: mh.handlerId, health });
  const answer = await client.sendHeartbeat({ controllerId: mc.controllerId, health });
  assert.deepEqual(answer.mediaHandlers, []);
  assert.deepEqual(await registry.listHealthyControllers(), []);
  for (const serverId of [mc.controllerId, mh.handlerId]) {
    for (let time = 0; time < 2; time++) await client.deregister({ serverId });
    await assert.rejects(
      client.sendHeartbeat({ controllerId: serverId, health }),
      hasCode(Code.NotFound),
    );
  }
  await assert.rejects(client.deregister({ serverId: "x" }), hasCode(Code.InvalidArgument));
});

Deno.test("a registration that makes no sense is refused", async () => {
  await using stage = await service();
  const { client, registry } = stage;
  const wrong = [
    { controllerId: "not a uuid" },
    { region: "" },
    { region: "x".repeat(65) },
    { endpoint: "ftp://somewhere" },
    { endpoint: "http://unencrypted" },
    { endpoint: `https://${"x".repeat(300)}` },
    { rpcEndpoint: "file:///etc/passwd" },
    { certificateHashes: [new Uint8Array(31)] },
    { certificateHashes: Array(9).fill(HASH) },
    { version: "x".repeat(101) },
  ];
  for (const changes of wrong) {
    await assert.rejects(
      client.registerMeetingController(controller(changes)),
      hasCode(Code.InvalidArgument),
      JSON.stringify(changes),
    );
  }
  await assert.rejects(
    client.registerMediaHandler(mediaHandler({ handlerId: "" })),
    hasCode(Code.InvalidArgument),
  );
  assert.deepEqual(await registry.listHealthyControllers(), []);
});

Deno.test("reported events become participants; what makes no sense is left out", async () => {
  await using stage = await service();
  const { client, meetings } = stage;
  const mc = controller();
  await client.registerMeetingController(mc);
  const meetingId = crypto.randomUUID();
  const assignment = { controllerId: mc.controllerId, mediaHandlerId: null };
  await meetings.create(testMeeting({ meetingId, assignment }));
  const joined = (participantId: string, changes: Record<string, unknown> = {}) => ({
    meetingId,
    participantId,
    occurredAt: 1_700_000_000_000n,
    type: MeetingEventType.PARTICIPANT_JOINED,
    participantName: "Ada\0",
    ...changes,
  });
  const ada = crypto.randomUUID();
  await client.reportMeetingEvents({
    controllerId: mc.controllerId,
    events: [
      joined(ada),
      joined("nobody"),
      joined(crypto.randomUUID(), { meetingId: "nowhere" }),
      joined(crypto.randomUUID(), { occurredAt: 2n ** 64n - 1n }),
      joined(crypto.randomUUID(), { type: 99 }),
    ],
  });
  assert.equal((await meetings.find({ meetingId }))?.participantCount, 1);
  const gone = joined(ada, { type: MeetingEventType.PARTICIPANT_LEFT });
  await client.reportMeetingEvents({ controllerId: mc.controllerId, events: [gone] });
  assert.equal((await meetings.find({ meetingId }))?.participantCount, 0);
  // The controller starts again at the same endpoint: who was there is not.
  await client.reportMeetingEvents({
    controllerId: mc.controllerId,
    events: [joined(crypto.randomUUID())],
  });
  await client.registerMeetingController(controller());
  assert.equal((await meetings.find({ meetingId }))?.participantCount, 0);
});

import assert from "node:assert/strict";
import {
  GlobalControllerService,
  MediaHandlerService,
  MeetingControllerService,
  type MeetingEvent,
  type RegisterMeetingController,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { testDatabases } from "../../db/test_postgres.ts";
import { createLogger } from "../runtime/log.ts";
import { createRpcClient } from "../runtime/rpc/rpc_client.ts";
import { createRpcHandler, serveRpc } from "../runtime/rpc/rpc_server.ts";
import { createDevelopmentCertificate } from "../runtime/webtransport/certificate.ts";
import { connectWebTransport } from "../runtime/webtransport/client.ts";
import { serveMeetingController } from "./server.ts";
import { JoinTokenIssuer } from "./testing/join_token_issuer.ts";
import { audioStream, deliveryKey } from "./testing/meeting_stage.ts";
import { SignalingClient } from "./testing/signaling_client.ts";
import { addMeeting } from "./testing/test_meetings.ts";

const databases = testDatabases();
const SECRET = "0123456789abcdef0123456789abcdef";

Deno.test("over real WebTransport and RPC: registered, assigned, joined, left, shut down", async () => {
  await using database = await databases.create();
  const servers = new AbortController();
  const stop = new AbortController();
  const issuer = await JoinTokenIssuer.create();
  const registered = Promise.withResolvers<RegisterMeetingController>();
  const routed: number[] = [];
  const events: MeetingEvent[] = [];
  const left: string[] = [];
  const bothLeft = Promise.withResolvers<void>();
  const serve = (audience: "media-handler" | "global-controller") =>
    serveRpc({
      hostname: "127.0.0.1",
      port: 0,
      signal: servers.signal,
      handler: createRpcHandler({
        secret: SECRET,
        audience,
        routes: (router) => {
          router.service(MediaHandlerService, {
            registerParticipant: ({ participantId }) => ({ connectionToken: participantId }),
            removeParticipant: () => ({}),
            keepParticipants: () => ({}),
            routeMedia: ({ commands }) => {
              routed.push(commands.length);
              return {};
            },
          });
          router.service(GlobalControllerService, {
            registerMeetingController(request) {
              registered.resolve(request);
              return { joinTokenJwks: issuer.jwks, mediaHandlers: [mediaHandler] };
            },
            deregister: ({ serverId }) => {
              left.push(serverId);
              return {};
            },
            sendHeartbeat: () => ({ joinTokenJwks: issuer.jwks, mediaHandlers: [mediaHandler] }),
            reportMeetingEvents(request) {
              events.push(...request.events);
              if (events.length === 4) bothLeft.resolve();
              return {};
            },
          });
        },
      }),
    });
  const media = serve("media-handler");
  const mediaHandler = {
    handlerId: "mh-1",
    endpoint: "https://mh.test:4434",
    rpcEndpoint: `http://127.0.0.1:${media.port}`,
  };
  const global = serve("global-controller");
  const running = serveMeetingController({
    configuration: {
      host: "127.0.0.1",
      publicHost: "127.0.0.1",
      port: 0,
      publicPort: 0,
      rpc: { hostname: "127.0.0.1", port: 0, publicHostname: "127.0.0.1" },
      region: "local",
      serviceSecret: SECRET,
      globalControllerUrl: `http://127.0.0.1:${global.port}`,
      databaseUrl: database.url,
      drainMs: 0,
      version: "test",
      redisUrl: undefined,
      maxMeetings: 10,
      maxParticipants: 10,
    },
    certificate: await createDevelopmentCertificate(),
    log: createLogger("test"),
    signal: stop.signal,
  });
  const { controllerId, endpoint, rpcEndpoint, certificateHashes } = await registered.promise;
  const controller = createRpcClient(MeetingControllerService, {
    baseUrl: rpcEndpoint,
    secret: SECRET,
    issuer: "gc",
    audience: "meeting-controller",
  });
  const meetingId = await addMeeting(database.sql);
  let assigned = await controller.assignMeeting({ meetingId, config: {} });
  // The answer to the registration may still be on its way.
  while (assigned.mediaHandler === undefined) {
    assigned = await controller.assignMeeting({ meetingId, config: {} });
  }
  assert.equal(assigned.mediaHandler.endpoint, mediaHandler.endpoint);

  const join = async (participantName: string) => {
    const session = await connectWebTransport(endpoint, {
      certificateHashes: certificateHashes.map((hash) => new Uint8Array(hash)),
    });
    const client = await SignalingClient.connect(session);
    const participantId = crypto.randomUUID();
    const joinToken = await issuer.issue({ audience: controllerId, meetingId, participantId });
    await client.request({
      case: "joinRequest",
      value: {
        meetingId,
        joinToken,
        participantName,
        encryptionKeys: deliveryKey(),
        streams: [audioStream()],
        subscribeToAll: true,
      },
    }, "joinResponse");
    return client;
  };
  const anna = await join("Anna");
  const ben = await join("Ben");
  assert.equal((await anna.event("participantJoined")).participant?.name, "Ben");
  await anna.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  assert.equal((await anna.closed).closeCode, 0);
  await ben.event("participantLeft");
  stop.abort();
  assert.equal((await ben.closed).closeCode, 5);
  await running;
  assert.deepEqual(left, [controllerId]);
  await bothLeft.promise;
  assert.deepEqual(events.map(({ participantName, type }) => `${participantName} ${type}`), [
    "Anna 1",
    "Ben 1",
    "Anna 2",
    "Ben 2",
  ]);
  assert.ok(routed.length >= 1);
  servers.abort();
  await Promise.all([media.finished, global.finished]);
});

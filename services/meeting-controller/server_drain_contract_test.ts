import assert from "node:assert/strict";
import { testDatabases } from "../../db/test_postgres.ts";
import {
  GlobalControllerService,
  HealthStatus,
  MediaHandlerService,
  type RegisterMeetingController,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { RESUME_PROOF_ALGORITHM, resumeProofBytes } from "../../proto/signaling/resume_proof.ts";
import { createLogger } from "../runtime/log.ts";
import { createRpcHandler, serveRpc } from "../runtime/rpc/rpc_server.ts";
import { createDevelopmentCertificate } from "../runtime/webtransport/certificate.ts";
import { connectWebTransport } from "../runtime/webtransport/client.ts";
import { serveMeetingController } from "./server.ts";
import { JoinTokenIssuer } from "./testing/join_token_issuer.ts";
import { deliveryKey } from "./testing/meeting_stage.ts";
import { startRedis } from "./testing/redis_server.ts";
import { SignalingClient } from "./testing/signaling_client.ts";
import { addMeeting } from "./testing/test_meetings.ts";

const databases = testDatabases();
const SECRET = "0123456789abcdef0123456789abcdef";

/** A global controller and a media handler that know no more than meeting controllers need. */
class Surroundings implements AsyncDisposable {
  readonly issuer: JoinTokenIssuer;
  readonly registered = new Map<string, RegisterMeetingController>();
  readonly draining = new Set<string>();
  readonly kept: string[][] = [];
  readonly #stop = new AbortController();
  readonly #media;
  readonly #global;
  #onRegistered = Promise.withResolvers<void>();

  constructor(issuer: JoinTokenIssuer) {
    this.issuer = issuer;
    const serve = (audience: "media-handler" | "global-controller") =>
      serveRpc({
        hostname: "127.0.0.1",
        port: 0,
        signal: this.#stop.signal,
        handler: createRpcHandler({
          secret: SECRET,
          audience,
          routes: (router) => {
            router.service(MediaHandlerService, {
              registerParticipant: ({ participantId }) => ({ connectionToken: participantId }),
              removeParticipant: () => ({}),
              keepParticipants: ({ participantIds }) => {
                this.kept.push(participantIds);
                return {};
              },
              routeMedia: () => ({}),
            });
            router.service(GlobalControllerService, {
              registerMeetingController: (request) => {
                this.registered.set(request.controllerId, request);
                this.#onRegistered.resolve();
                this.#onRegistered = Promise.withResolvers();
                return this.#news();
              },
              deregister: () => ({}),
              sendHeartbeat: ({ controllerId, health }) => {
                if (health === HealthStatus.DRAINING) this.draining.add(controllerId);
                return this.#news();
              },
              reportMeetingEvents: () => ({}),
            });
          },
        }),
      });
    this.#media = serve("media-handler");
    this.#global = serve("global-controller");
  }

  get globalControllerUrl(): string {
    return `http://127.0.0.1:${this.#global.port}`;
  }

  /** Resolves when so many meeting controllers have registered. */
  async controllers(count: number): Promise<RegisterMeetingController[]> {
    while (this.registered.size < count) await this.#onRegistered.promise;
    return [...this.registered.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#media.finished, this.#global.finished]);
  }

  #news() {
    return {
      joinTokenJwks: this.issuer.jwks,
      mediaHandlers: [{
        handlerId: "mh-1",
        endpoint: "https://mh.test:4434",
        rpcEndpoint: `http://127.0.0.1:${this.#media.port}`,
      }],
      meetingControllers: [...this.registered.values()]
        .filter(({ controllerId }) => !this.draining.has(controllerId))
        .map(({ controllerId, endpoint, certificateHashes }) => ({
          controllerId,
          endpoint,
          certificateHashes,
        })),
    };
  }
}

Deno.test("a process that is asked to end hands its meeting over, and its participant follows with the same media", async () => {
  await using database = await databases.create();
  await using redis = await startRedis();
  await using surroundings = new Surroundings(await JoinTokenIssuer.create());
  const run = async () => {
    const stop = new AbortController();
    const finished = serveMeetingController({
      configuration: {
        host: "127.0.0.1",
        publicHost: "127.0.0.1",
        port: 0,
        publicPort: 0,
        rpc: { hostname: "127.0.0.1", port: 0, publicHostname: "127.0.0.1" },
        region: "local",
        serviceSecret: SECRET,
        globalControllerUrl: surroundings.globalControllerUrl,
        databaseUrl: database.url,
        redisUrl: redis.url,
        drainMs: 0,
        version: "test",
        maxMeetings: 10,
        maxParticipants: 10,
      },
      certificate: await createDevelopmentCertificate(),
      log: createLogger("test"),
      signal: stop.signal,
    });
    return { stop, finished };
  };
  // The second is there before the first, so that the first learns of it when it registers.
  const second = await run();
  const [secondInfo] = await surroundings.controllers(1);
  const first = await run();
  const firstInfo = (await surroundings.controllers(2)).find((info) => info !== secondInfo)!;
  const connect = async (url: string, certificateHashes: readonly Uint8Array[]) =>
    await SignalingClient.connect(
      await connectWebTransport(url, {
        certificateHashes: certificateHashes.map((hash) => new Uint8Array(hash)),
      }),
    );

  const meetingId = await addMeeting(database.sql);
  const participantId = crypto.randomUUID();
  const identity = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const joinRequest = async () => ({
    case: "joinRequest" as const,
    value: {
      meetingId,
      joinToken: await surroundings.issuer.issue({
        audience: firstInfo.controllerId,
        meetingId,
        participantId,
      }),
      participantName: "Anna",
      encryptionKeys: deliveryKey(),
      identityKey: new Uint8Array(await crypto.subtle.exportKey("raw", identity.publicKey)),
    },
  });
  const join = async () => {
    const client = await connect(firstInfo.endpoint, firstInfo.certificateHashes);
    return { client, answer: await client.ask(await joinRequest()) };
  };
  // The answer to its registration, with the keys of tokens, may still be on its way.
  let { client: before, answer } = await join();
  while (answer.case !== "joinResponse") {
    before.session.close();
    ({ client: before, answer } = await join());
  }
  const joined = answer.value;

  first.stop.abort();
  const { controller } = await before.event("meetingMoved");
  assert.equal(controller?.meetingControllerUrl, secondInfo!.endpoint);
  const after = await connect(controller.meetingControllerUrl, controller.certificateHashes);
  const session = { meetingId, participantId, secret: joined.resumeSecret };
  const proof = await crypto.subtle.sign(
    RESUME_PROOF_ALGORITHM,
    identity.privateKey,
    resumeProofBytes(session),
  );
  const resumed = await after.request(
    { case: "resumeRequest", value: { ...session, proof: new Uint8Array(proof) } },
    "joinResponse",
  );
  assert.equal(resumed.self?.participantId, participantId);
  assert.deepEqual(resumed.mediaServer, joined.mediaServer);
  assert.deepEqual(surroundings.kept, [[participantId]]);
  before.session.close();
  await first.finished;
  await after.settle();
  second.stop.abort();
  await second.finished;
});

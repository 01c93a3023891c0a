import {
  GlobalControllerService,
  HealthStatus,
  type HeartbeatResponse,
  MediaHandlerService,
  MeetingControllerService,
  type RegisterResponse,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../runtime/log.ts";
import { depart } from "../runtime/departure.ts";
import { maintainRegistration } from "../runtime/registration.ts";
import { createRpcClient } from "../runtime/rpc/rpc_client.ts";
import { createRpcHandler, serveRpc } from "../runtime/rpc/rpc_server.ts";
import { type Certificate, encodeCertificateHash } from "../runtime/webtransport/certificate.ts";
import { listenWebTransport } from "../runtime/webtransport/listener.ts";
import { systemClock } from "./clock.ts";
import type { MeetingControllerConfiguration } from "./configuration.ts";
import { MeetingEventQueue } from "./events/meeting_event_queue.ts";
import { GuidedClock } from "./guided_clock.ts";
import { openStores } from "./handover/open_stores.ts";
import { createMeetingController } from "./meeting_controller.ts";
import { meetingControllerService } from "./meeting_controller_service.ts";
import { CloseCode } from "./participant/close_code.ts";
import { ControllerDirectory } from "./placement/controller_directory.ts";
import { MediaHandlerDirectory } from "./placement/media_handler_directory.ts";
import { RpcMediaHandler } from "./placement/rpc_media_handler.ts";
import { JoinTokenVerifier } from "./token/join_token.ts";
import { openUsedTokenStore } from "./token/open_used_token_store.ts";

/**
 * A silent client is sent a packet after this time, milliseconds: half the idle timeout of QUIC.
 * Clients ask for a sign of life more often, so none is spent on those that are well.
 */
const KEEP_ALIVE_INTERVAL_MS = 2_000;

/**
 * Runs a meeting controller until `signal` aborts: WebTransport for clients, RPC for the global
 * controller, its registration there, its lease, and its connections to the media handlers. Logs
 * "listening" once it can be reached. At the end it hands its meetings over.
 *
 * @throws when a port is taken.
 */
export async function serveMeetingController(options: {
  configuration: MeetingControllerConfiguration;
  certificate: Certificate;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { configuration, certificate, log, signal } = options;
  const { serviceSecret: secret, host, publicHost, region } = configuration;
  const clock = new GuidedClock(systemClock);
  const controllerId = crypto.randomUUID();
  const issuer = controllerId;

  await using listener = listenWebTransport({
    hostname: host,
    port: configuration.port,
    certificate,
    limits: { keepAliveIntervalMs: KEEP_ALIVE_INTERVAL_MS },
  });
  const publicPort = configuration.publicPort || listener.port;
  const endpoint = `https://${urlHost(publicHost)}:${publicPort}`;
  const certificateHashes = certificate.pinned ? listener.certificateHashes : [];
  const globalController = createRpcClient(GlobalControllerService, {
    baseUrl: configuration.globalControllerUrl,
    secret,
    issuer,
    audience: "global-controller",
  });
  if (configuration.redisUrl === undefined) {
    log.info("in-process stores serve", {
      stores: ["used tokens", "running meetings"],
      reason: "REDIS_URL is not set",
    });
  }
  await using usedTokens = openUsedTokenStore({ redisUrl: configuration.redisUrl, clock, log });
  const tokens = new JoinTokenVerifier({
    audience: controllerId,
    usedTokens: usedTokens.store,
    clock,
    log,
  });
  await using events = new MeetingEventQueue({
    report: (batch) => globalController.reportMeetingEvents({ controllerId, events: batch }),
    clock,
    log,
  });
  await using mediaHandlers = new MediaHandlerDirectory({
    connect: (info) => {
      const baseUrl = info.rpcEndpoint;
      const client = { baseUrl, secret, issuer, audience: "media-handler" } as const;
      return new RpcMediaHandler(info, createRpcClient(MediaHandlerService, client));
    },
    listener: {
      onTelemetry: (handlerId, telemetry) => controller.onTelemetry(handlerId, telemetry),
      onPresence: (handlerId, presence) => controller.onPresence(handlerId, presence),
    },
    clock,
    log,
  });
  const controllers = new ControllerDirectory(controllerId);
  await using stores = openStores({
    databaseUrl: configuration.databaseUrl,
    redisUrl: configuration.redisUrl,
    place: { controllerId, endpoint, certificateHashes },
    clock,
    log,
  });
  await using controller = createMeetingController({
    ...stores,
    alternatives: (meetingId) => controllers.alternatives(meetingId),
    sessions: listener,
    mediaHandlers,
    tokens,
    events,
    capacity: configuration,
    clock,
    log,
  });
  const stopped = new AbortController();
  const rpc = serveRpc({
    hostname: configuration.rpc.hostname,
    port: configuration.rpc.port,
    handler: createRpcHandler({
      secret,
      audience: "meeting-controller",
      routes: (router) =>
        router.service(MeetingControllerService, meetingControllerService(controller)),
    }),
    // While it drains it still answers.
    signal: stopped.signal,
  });

  const rpcEndpoint = `http://${urlHost(configuration.rpc.publicHostname)}:${rpc.port}`;
  log.info("listening", {
    port: listener.port,
    endpoint,
    rpc_endpoint: rpcEndpoint,
    certificate_hashes: certificateHashes.map(encodeCertificateHash),
  });

  const capacity = () => {
    const { meetings, participants } = controller.load();
    return {
      maxMeetings: configuration.maxMeetings,
      currentMeetings: meetings,
      maxParticipants: configuration.maxParticipants,
      currentParticipants: participants,
    };
  };
  const learn = async (asked: Promise<RegisterResponse | HeartbeatResponse>) => {
    const askedAtMs = clock.now();
    const response = await asked;
    clock.learn(Number(response.time), askedAtMs);
    mediaHandlers.update(response.mediaHandlers);
    controllers.update(response.meetingControllers);
    if (response.joinTokenJwks !== "") await tokens.setKeys(response.joinTokenJwks);
  };
  const beat = (health: HealthStatus, signal: AbortSignal) =>
    globalController.sendHeartbeat({ controllerId, capacity: capacity(), health }, { signal });
  await maintainRegistration({
    register: async (signal) => {
      await learn(
        globalController.registerMeetingController({
          controllerId,
          region,
          endpoint,
          capacity: capacity(),
          rpcEndpoint,
          certificateHashes,
          version: configuration.version,
        }, { signal }),
      );
    },
    heartbeat: async (signal) => {
      await learn(beat(HealthStatus.HEALTHY, signal));
    },
    log,
    signal,
  });
  await depart({
    announce: async (signal) => await learn(beat(HealthStatus.DRAINING, signal)),
    handOver: () => controller.handOver(),
    deregister: (signal) => globalController.deregister({ serverId: controllerId }, { signal }),
    isEmpty: () => controller.load().participants === 0,
    drainMs: configuration.drainMs,
    log,
  });
  log.info("going away");
  await controller[Symbol.asyncDispose]();
  await listener.close({ closeCode: CloseCode.GOING_AWAY });
  stopped.abort();
  await rpc.finished;
}

/** A host as it stands in a URL (RFC 3986, section 3.2.2: IPv6 in brackets). */
function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

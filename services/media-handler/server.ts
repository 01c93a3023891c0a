import {
  GlobalControllerService,
  MediaHandlerService,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../runtime/log.ts";
import { createRpcClient } from "../runtime/rpc/rpc_client.ts";
import { createRpcHandler, serveRpc } from "../runtime/rpc/rpc_server.ts";
import { type Certificate, encodeCertificateHash } from "../runtime/webtransport/certificate.ts";
import { listenWebTransport } from "../runtime/webtransport/listener.ts";
import type { MediaHandlerConfiguration } from "./configuration.ts";
import { createMediaHandler } from "./media_handler.ts";
import { registerMediaHandler } from "./registration.ts";
import { mediaHandlerService } from "./rpc/media_handler_service.ts";

/**
 * Runs a media handler with its listener, its RPC service and its registration until `signal`
 * aborts, then closes all sessions. Logs "listening" once it can be reached.
 *
 * @throws when a port is taken.
 */
export async function serveMediaHandler(options: {
  configuration: MediaHandlerConfiguration;
  certificate: Certificate;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { configuration, certificate, log, signal } = options;
  const { hostname, port, serviceSecret: secret } = configuration;
  // Cubic takes each lost packet for a full queue: at 5 % loss it carries a third of BBR
  // (ops/decisions, 2026-11-21).
  const listener = listenWebTransport({
    hostname,
    port,
    certificate,
    congestionControl: "low-latency",
  });
  const { maxParticipants, maxStreams } = configuration;
  await using mediaHandler = createMediaHandler({
    sessions: listener,
    limits: { maxParticipants, maxStreams },
    log,
  });
  const stopped = new AbortController();
  try {
    const publicPort = configuration.publicPort || listener.port;
    const endpoint = `https://${urlHost(configuration.publicHostname)}:${publicPort}`;
    const { router, clock } = mediaHandler;
    const rpc = serveRpc({
      hostname: configuration.rpc.hostname,
      port: configuration.rpc.port,
      handler: createRpcHandler({
        secret,
        audience: "media-handler",
        routes: (routes) =>
          routes.service(
            MediaHandlerService,
            mediaHandlerService({ router, clock, publicUrl: endpoint }),
          ),
      }),
      // While it drains it still answers.
      signal: stopped.signal,
    });
    const identity = {
      handlerId: crypto.randomUUID(),
      region: configuration.region,
      endpoint,
      rpcEndpoint: `http://${urlHost(configuration.rpc.publicHostname)}:${rpc.port}`,
      certificateHashes: certificate.pinned ? listener.certificateHashes : [],
      version: configuration.version,
    };
    log.info("listening", {
      port: listener.port,
      endpoint,
      rpc_endpoint: identity.rpcEndpoint,
      certificate_hashes: identity.certificateHashes.map(encodeCertificateHash),
    });
    const globalController = createRpcClient(GlobalControllerService, {
      baseUrl: configuration.globalControllerUrl,
      secret,
      issuer: identity.handlerId,
      audience: "global-controller",
    });
    const { drainMs } = configuration;
    await registerMediaHandler({
      ...{ globalController, identity, mediaHandler },
      ...{ drainMs, log, signal },
    });
  } finally {
    stopped.abort();
    await mediaHandler[Symbol.asyncDispose]();
    await listener.close();
  }
}

/** A host as it stands in a URL (RFC 3986, section 3.2.2: IPv6 in brackets). */
function urlHost(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

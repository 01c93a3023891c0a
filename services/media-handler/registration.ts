import type { Client } from "@connectrpc/connect";
import {
  type GlobalControllerService,
  HealthStatus,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../runtime/log.ts";
import { depart } from "../runtime/departure.ts";
import { maintainRegistration } from "../runtime/registration.ts";
import type { MediaHandler } from "./media_handler.ts";

/** Where and as what a media handler is known. */
export interface MediaHandlerIdentity {
  /** A UUID, new with each start of the process. */
  readonly handlerId: string;
  readonly region: string;
  /** Where clients connect. */
  readonly endpoint: string;
  /** Where other services call. */
  readonly rpcEndpoint: string;
  /** Certificates that clients may accept by hash; empty with a public one. */
  readonly certificateHashes: readonly Uint8Array[];
  /** Which software this is, for people. */
  readonly version: string;
}

/**
 * Keeps the global controller informed of this process and its load until `signal` aborts, then
 * takes leave: participants go on for up to `drainMs`, and nobody else is sent here.
 */
export async function registerMediaHandler(options: {
  globalController: Client<typeof GlobalControllerService>;
  identity: MediaHandlerIdentity;
  mediaHandler: MediaHandler;
  drainMs: number;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { globalController, identity, mediaHandler, drainMs, log, signal } = options;
  const { handlerId } = identity;
  const beat = (health: HealthStatus, signal: AbortSignal) =>
    globalController.sendHeartbeat({
      controllerId: handlerId,
      health,
      mediaHandlerCapacity: mediaHandler.load(),
    }, { signal });
  await maintainRegistration({
    log,
    signal,
    async register(signal) {
      const certificateHashes = identity.certificateHashes.map((hash) => new Uint8Array(hash));
      await globalController.registerMediaHandler(
        { ...identity, certificateHashes, capacity: mediaHandler.load() },
        { signal },
      );
    },
    async heartbeat(signal) {
      await beat(HealthStatus.HEALTHY, signal);
    },
  });
  await depart({
    announce: (signal) => beat(HealthStatus.DRAINING, signal),
    deregister: (signal) => globalController.deregister({ serverId: handlerId }, { signal }),
    isEmpty: () => mediaHandler.load().currentParticipants === 0,
    drainMs,
    log,
  });
}

import type { Client } from "@connectrpc/connect";
import {
  type GlobalControllerService,
  HealthStatus,
} from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../runtime/log.ts";
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
}

/** Keeps the global controller informed of this process and its load until `signal` aborts. */
export function registerMediaHandler(options: {
  globalController: Client<typeof GlobalControllerService>;
  identity: MediaHandlerIdentity;
  mediaHandler: MediaHandler;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { globalController, identity, mediaHandler, log, signal } = options;
  return maintainRegistration({
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
      await globalController.sendHeartbeat({
        controllerId: identity.handlerId,
        health: HealthStatus.HEALTHY,
        mediaHandlerCapacity: mediaHandler.load(),
      }, { signal });
    },
  });
}

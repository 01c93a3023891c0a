import { exportJWK, generateKeyPair } from "jose";
import { createLogger } from "../../runtime/log.ts";
import { createApp } from "../app.ts";
import { issueAccessToken } from "../auth/access_token.ts";
import { ClientSecretHasher } from "../auth/client_secret.ts";
import { InProcessApiClientStore } from "../auth/in_process_api_client_store.ts";
import { loadSigningKeys, type SigningKeys } from "../auth/signing_keys.ts";
import { InProcessMeetingStore } from "../meeting/in_process_meeting_store.ts";
import { MeetingService } from "../meeting/meeting_service.ts";
import { InProcessRateLimiter } from "../rate_limit/in_process_rate_limiter.ts";
import { InProcessServerRegistry } from "../region/in_process_server_registry.ts";
import {
  type ChosenMediaHandler,
  ControllerRefusal,
  type ControllerRefusalReason,
  type MeetingControllerClient,
} from "../region/meeting_controller_client.ts";
import { MeetingPlacement } from "../region/meeting_placement.ts";
import type { RegisteredController, RegisteredMediaHandler } from "../region/registered_server.ts";
import { HealthCheck } from "../rest/health.ts";

/** Fresh keys as an operator would set them. */
export async function createTestKeys(): Promise<SigningKeys> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return await loadSigningKeys(
    JSON.stringify({ ...await exportJWK(privateKey), kid: crypto.randomUUID() }),
  );
}

/** A controller's registration; `name` makes its endpoints. */
export function testController(
  name: string,
  changes: Partial<RegisteredController> = {},
): RegisteredController {
  return {
    controllerId: crypto.randomUUID(),
    region: "local",
    endpoint: `https://${name}.example:4433`,
    rpcEndpoint: `http://${name}.example:5000`,
    certificateHashes: [`hash of ${name}`],
    capacity: { maxMeetings: 0, currentMeetings: 0, maxParticipants: 0, currentParticipants: 0 },
    health: "healthy",
    ...changes,
  };
}

/** A media handler's registration; `name` makes its endpoints. */
export function testMediaHandler(
  name: string,
  changes: Partial<RegisteredMediaHandler> = {},
): RegisteredMediaHandler {
  return {
    handlerId: crypto.randomUUID(),
    region: "local",
    endpoint: `https://${name}.example:4434`,
    rpcEndpoint: `http://${name}.example:5001`,
    certificateHashes: [`hash of ${name}`],
    capacity: { maxStreams: 0, currentStreams: 0, maxParticipants: 0, currentParticipants: 0 },
    health: "healthy",
    ...changes,
  };
}

/** Meeting controllers that answer as the test says, and remember what they were asked. */
export class ScriptedControllers implements MeetingControllerClient {
  /** `${rpcEndpoint} ${meetingId}`, in order. */
  readonly assigned: string[] = [];
  readonly ended: string[] = [];
  /** By rpcEndpoint. */
  readonly refusals = new Map<string, ControllerRefusalReason>();
  mediaHandler: ChosenMediaHandler | undefined;

  assignMeeting(
    rpcEndpoint: string,
    { meetingId }: { meetingId: string },
  ): Promise<ChosenMediaHandler | undefined> {
    this.assigned.push(`${rpcEndpoint} ${meetingId}`);
    const reason = this.refusals.get(rpcEndpoint);
    if (reason) return Promise.reject(new ControllerRefusal(reason));
    return Promise.resolve(this.mediaHandler);
  }

  endMeeting(rpcEndpoint: string, meetingId: string): Promise<void> {
    this.ended.push(`${rpcEndpoint} ${meetingId}`);
    const reason = this.refusals.get(rpcEndpoint);
    return reason ? Promise.reject(new ControllerRefusal(reason)) : Promise.resolve();
  }
}

/** The whole REST API over in-process stores, with one controller and one media handler. */
export async function createInProcessController(options: {
  guestMeetings?: boolean;
  rateLimit?: number;
  now?: () => number;
} = {}) {
  const now = options.now ?? (() => performance.now());
  const log = createLogger("global-controller");
  const keys = await createTestKeys();
  const registry = new InProcessServerRegistry(now);
  const meetings = new InProcessMeetingStore(registry);
  const clients = new InProcessApiClientStore();
  const hasher = new ClientSecretHasher();
  const controllers = new ScriptedControllers();
  const controller = testController("mc");
  const mediaHandler = testMediaHandler("mh");
  controllers.mediaHandler = mediaHandler;
  await registry.registerController(controller);
  await registry.registerMediaHandler(mediaHandler);
  const app = createApp({
    meetings: new MeetingService({
      meetings,
      placement: new MeetingPlacement({ registry, meetings, controllers, region: "local", log }),
      controllers,
      keys,
      publicUrl: "https://tower.example",
      guestMeetings: options.guestMeetings ?? true,
    }),
    clients,
    hasher,
    keys,
    limiter: new InProcessRateLimiter(options.rateLimit ?? 1_000, now),
    health: new HealthCheck(() => Promise.resolve(), now),
    region: "local",
    log,
  });
  const request = async (method: string, path: string, parameters: {
    body?: unknown;
    rawBody?: BodyInit;
    clientId?: string;
    headers?: Record<string, string>;
    address?: string;
  } = {}) => {
    const headers = new Headers(parameters.headers);
    if (parameters.clientId !== undefined) {
      headers.set("authorization", `Bearer ${await issueAccessToken(keys, parameters.clientId)}`);
    }
    const body = parameters.rawBody ??
      (parameters.body === undefined ? undefined : JSON.stringify(parameters.body));
    if (body !== undefined && !headers.has("content-type")) {
      headers.set("content-type", "application/json");
    }
    const clientAddress = parameters.address ?? "192.0.2.1";
    return await app.request(path, { method, headers, body }, { clientAddress });
  };
  return {
    app,
    request,
    keys,
    registry,
    meetings,
    clients,
    hasher,
    controllers,
    controller,
    mediaHandler,
  };
}

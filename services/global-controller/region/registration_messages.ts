import { Code, ConnectError } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import {
  HealthStatus,
  type Heartbeat,
  type MediaHandlerInfo,
  MediaHandlerInfoSchema,
  type MeetingControllerEntry,
  MeetingControllerEntrySchema,
  type RegisterMediaHandler,
  type RegisterMeetingController,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type {
  RegisteredController,
  RegisteredMediaHandler,
  ServerHealth,
} from "./registered_server.ts";
import type { ServerHeartbeat } from "./server_registry.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CERTIFICATE_HASH_LENGTH = 32;
/** A server has one certificate, and a second one while it changes them. */
const MAX_CERTIFICATE_HASHES = 8;
const MAX_REGION_LENGTH = 64;
const MAX_ENDPOINT_LENGTH = 256;
const MAX_VERSION_LENGTH = 100;

/** @throws {ConnectError} InvalidArgument, at a message that makes no sense. */
export function readController(message: RegisterMeetingController): RegisteredController {
  const { maxMeetings = 0, currentMeetings = 0, maxParticipants = 0, currentParticipants = 0 } =
    message.capacity ?? {};
  return {
    controllerId: readServerId(message.controllerId),
    ...readServer(message),
    capacity: { maxMeetings, currentMeetings, maxParticipants, currentParticipants },
  };
}

/** @throws {ConnectError} InvalidArgument, at a message that makes no sense. */
export function readMediaHandler(message: RegisterMediaHandler): RegisteredMediaHandler {
  const { maxStreams = 0, currentStreams = 0, maxParticipants = 0, currentParticipants = 0 } =
    message.capacity ?? {};
  return {
    handlerId: readServerId(message.handlerId),
    ...readServer(message),
    capacity: { maxStreams, currentStreams, maxParticipants, currentParticipants },
  };
}

/** @throws {ConnectError} InvalidArgument, at a message that makes no sense. */
export function readHeartbeat(message: Heartbeat): ServerHeartbeat {
  return {
    serverId: readServerId(message.controllerId),
    health: readHealth(message.health),
    controllerCapacity: message.capacity,
    mediaHandlerCapacity: message.mediaHandlerCapacity,
  };
}

/** A media handler as meeting controllers learn of it. */
export function writeMediaHandler(handler: RegisteredMediaHandler): MediaHandlerInfo {
  return create(MediaHandlerInfoSchema, {
    handlerId: handler.handlerId,
    region: handler.region,
    endpoint: handler.endpoint,
    rpcEndpoint: handler.rpcEndpoint,
    certificateHashes: handler.certificateHashes.map((hash) => Uint8Array.fromBase64(hash)),
    capacity: handler.capacity,
  });
}

/** A meeting controller as the others of its region learn of it. */
export function writeController(controller: RegisteredController): MeetingControllerEntry {
  return create(MeetingControllerEntrySchema, {
    controllerId: controller.controllerId,
    endpoint: controller.endpoint,
    rpcEndpoint: controller.rpcEndpoint,
    certificateHashes: controller.certificateHashes.map((hash) => Uint8Array.fromBase64(hash)),
    capacity: controller.capacity,
  });
}

/** Base64, as browsers' pages get it. */
export function encodeCertificateHash(hash: Uint8Array): string {
  return hash.toBase64();
}

function readServer(
  message: Pick<
    RegisterMeetingController,
    "region" | "endpoint" | "rpcEndpoint" | "certificateHashes" | "version"
  >,
) {
  const { region, certificateHashes, version } = message;
  if (version.length > MAX_VERSION_LENGTH || version.includes("\0")) throw invalid("version");
  if (region === "" || region.length > MAX_REGION_LENGTH) throw invalid("region");
  if (
    certificateHashes.length > MAX_CERTIFICATE_HASHES ||
    certificateHashes.some((hash) => hash.length !== CERTIFICATE_HASH_LENGTH)
  ) {
    throw invalid("certificate_hashes");
  }
  return {
    region,
    endpoint: readEndpoint(message.endpoint, "endpoint", ["https:"]),
    rpcEndpoint: readEndpoint(message.rpcEndpoint, "rpc_endpoint", ["http:", "https:"]),
    certificateHashes: certificateHashes.map(encodeCertificateHash),
    health: "healthy" as const,
    version,
  };
}

/** The text itself, so that it comes back as it was given, without a slash added. */
function readEndpoint(text: string, field: string, protocols: readonly string[]): string {
  const url = text.length <= MAX_ENDPOINT_LENGTH ? URL.parse(text) : null;
  if (url === null || !protocols.includes(url.protocol)) throw invalid(field);
  return text;
}

/** @throws {ConnectError} InvalidArgument, when it is no UUID. */
export function readServerId(text: string): string {
  if (!UUID.test(text)) throw invalid("controller_id or handler_id");
  return text.toLowerCase();
}

function readHealth(health: HealthStatus): ServerHealth {
  switch (health) {
    case HealthStatus.HEALTHY:
      return "healthy";
    case HealthStatus.DEGRADED:
      return "degraded";
    case HealthStatus.DRAINING:
      return "draining";
    default:
      return "unhealthy";
  }
}

function invalid(field: string): ConnectError {
  return new ConnectError(`${field} is not valid`, Code.InvalidArgument);
}

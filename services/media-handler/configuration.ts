import {
  type Environment,
  readInteger,
  readPort,
  readSecret,
  readString,
} from "../runtime/configuration.ts";
import { readDrainMs } from "../runtime/departure.ts";
import { readRpcAddress, type RpcAddress } from "../runtime/rpc/rpc_address.ts";

/** Participants that one process takes unless told otherwise (deno-quic: 3,000 sessions). */
const DEFAULT_MAX_PARTICIPANTS = 3_000;
/** Streams to subscribers that one process takes unless told otherwise (specification: 8,000). */
const DEFAULT_MAX_STREAMS = 8_000;

/** How this process is set up. */
export interface MediaHandlerConfiguration {
  /** Address to bind. */
  readonly hostname: string;
  readonly port: number;
  readonly rpc: RpcAddress;
  /** Name under which clients reach this process. */
  readonly publicHostname: string;
  /** UDP port under which clients reach this process; 0: the one it is bound to. */
  readonly publicPort: number;
  readonly region: string;
  readonly serviceSecret: string;
  readonly globalControllerUrl: string;
  /** How long it lets its meetings go on when it is asked to end, milliseconds. */
  readonly drainMs: number;
  /** Which software this is, for people. */
  readonly version: string;
  readonly maxParticipants: number;
  readonly maxStreams: number;
}

/**
 * Reads the settings of a media handler.
 *
 * @throws {ConfigurationError} when one is missing or wrong.
 */
export function readMediaHandlerConfiguration(env: Environment): MediaHandlerConfiguration {
  const limit = { minimum: 1, maximum: 1_000_000 };
  return {
    hostname: readString(env, "DT_HOST", "127.0.0.1"),
    port: readPort(env, "DT_PORT", 4434),
    rpc: readRpcAddress(env),
    publicHostname: readString(env, "DT_PUBLIC_HOST", "127.0.0.1"),
    publicPort: readPort(env, "DT_PUBLIC_PORT", 0),
    region: readString(env, "DT_REGION", "local"),
    serviceSecret: readSecret(env, "DT_SERVICE_SECRET"),
    globalControllerUrl: readString(env, "DT_GLOBAL_CONTROLLER_URL"),
    drainMs: readDrainMs(env),
    version: readString(env, "DT_VERSION", "development"),
    maxParticipants: readInteger(env, "DT_MAX_PARTICIPANTS", {
      ...limit,
      fallback: DEFAULT_MAX_PARTICIPANTS,
    }),
    maxStreams: readInteger(env, "DT_MAX_STREAMS", { ...limit, fallback: DEFAULT_MAX_STREAMS }),
  };
}

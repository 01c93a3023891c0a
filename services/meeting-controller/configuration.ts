import {
  type Environment,
  readInteger,
  readOptionalString,
  readPort,
  readSecret,
  readString,
} from "../runtime/configuration.ts";
import { readDrainMs } from "../runtime/departure.ts";
import { readRpcAddress, type RpcAddress } from "../runtime/rpc/rpc_address.ts";

/** Where the meeting controller listens unless told otherwise (architecture.md). */
export const DEFAULT_PORT = 4433;

/** What a meeting controller has to be told. */
export interface MeetingControllerConfiguration {
  /** Address to listen at. */
  readonly host: string;
  /** Name or address under which browsers reach this machine. */
  readonly publicHost: string;
  /** UDP port for WebTransport; 0: any. */
  readonly port: number;
  /** UDP port under which browsers reach this process; 0: the one it is bound to. */
  readonly publicPort: number;
  readonly rpc: RpcAddress;
  readonly region: string;
  readonly serviceSecret: string;
  readonly globalControllerUrl: string;
  /** PostgreSQL, which knows who owns a meeting and what outlives it. */
  readonly databaseUrl: string;
  /** How long it lets its meetings go on when it is asked to end, milliseconds. */
  readonly drainMs: number;
  /** Which software this is, for people. */
  readonly version: string;
  /** Without it, used tokens are remembered in this process alone. */
  readonly redisUrl: string | undefined;
  readonly maxMeetings: number;
  readonly maxParticipants: number;
}

/**
 * Reads the settings of a meeting controller.
 *
 * @throws {ConfigurationError}
 */
export function readMeetingControllerConfiguration(
  env: Environment,
): MeetingControllerConfiguration {
  return {
    host: readString(env, "DT_HOST", "127.0.0.1"),
    publicHost: readString(env, "DT_PUBLIC_HOST", "127.0.0.1"),
    port: readPort(env, "DT_PORT", DEFAULT_PORT),
    publicPort: readPort(env, "DT_PUBLIC_PORT", 0),
    rpc: readRpcAddress(env),
    region: readString(env, "DT_REGION", "local"),
    serviceSecret: readSecret(env, "DT_SERVICE_SECRET"),
    globalControllerUrl: readString(env, "DT_GLOBAL_CONTROLLER_URL"),
    databaseUrl: readString(env, "DATABASE_URL"),
    drainMs: readDrainMs(env),
    version: readString(env, "DT_VERSION", "development"),
    redisUrl: readOptionalString(env, "REDIS_URL"),
    maxMeetings: readInteger(env, "DT_MAX_MEETINGS", {
      fallback: 1_000,
      minimum: 1,
      maximum: 10_000,
    }),
    maxParticipants: readInteger(env, "DT_MAX_PARTICIPANTS", {
      fallback: 3_000,
      minimum: 1,
      maximum: 100_000,
    }),
  };
}

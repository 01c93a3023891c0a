import { type Environment, readPort, readString } from "../configuration.ts";

/** Where a service takes calls of the others, and under which name they reach it. */
export interface RpcAddress {
  /** Address to bind. */
  readonly hostname: string;
  /** TCP port to bind; 0: any. */
  readonly port: number;
  /** What the other services connect to; never a wildcard. */
  readonly publicHostname: string;
}

/**
 * Reads `DT_RPC_HOST` (default: `DT_HOST`), `DT_RPC_PORT` and `DT_RPC_PUBLIC_HOST`. Without the
 * last, a wildcard address is reached as `DT_PUBLIC_HOST`, any other as itself.
 *
 * @throws {ConfigurationError}
 */
export function readRpcAddress(env: Environment): RpcAddress {
  const hostname = readString(env, "DT_RPC_HOST", readString(env, "DT_HOST", "127.0.0.1"));
  const reachedAs = isWildcard(hostname)
    ? readString(env, "DT_PUBLIC_HOST", "127.0.0.1")
    : hostname;
  return {
    hostname,
    port: readPort(env, "DT_RPC_PORT", 0),
    publicHostname: readString(env, "DT_RPC_PUBLIC_HOST", reachedAs),
  };
}

function isWildcard(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

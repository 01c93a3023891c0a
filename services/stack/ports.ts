/** A port that a service of ours would listen on. */
export interface WantedPort {
  readonly port: number;
  readonly transport: "tcp" | "udp";
  /** Flag that moves it. */
  readonly flag: string;
}

/** One line for each of `wanted` that something else listens on. */
export function takenPorts(wanted: readonly WantedPort[], hostname: string): string[] {
  return wanted
    .filter(({ port, transport }) => port !== 0 && !isFree(port, transport, hostname))
    .map(({ port, transport, flag }) =>
      `port ${port} (${transport.toUpperCase()}) is taken; choose another with ${flag} PORT`
    );
}

function isFree(port: number, transport: "tcp" | "udp", hostname: string): boolean {
  try {
    const socket = transport === "tcp"
      ? Deno.listen({ port, hostname })
      : Deno.listenDatagram({ port, hostname, transport });
    socket.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** A TCP port that was free a moment ago. */
export function findFreePort(hostname: string): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}

const SOCKET_TABLES = ["/proc/net/udp", "/proc/net/udp6"];

/**
 * Packets that the operating system dropped because the receive buffers of the UDP sockets bound to
 * `ports` were full (Linux: the column "drops" of /proc/net/udp). 0 where it does not tell.
 */
export function udpSocketDrops(ports: ReadonlySet<number>): number {
  return SOCKET_TABLES.reduce((sum, path) => sum + sumOfDrops(readTable(path), ports), 0);
}

function readTable(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** The drops of `ports` in the text of a socket table: its second and its last column. */
export function sumOfDrops(table: string, ports: ReadonlySet<number>): number {
  let sum = 0;
  for (const line of table.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const port = Number.parseInt(columns[1]?.split(":")[1] ?? "", 16);
    if (ports.has(port)) sum += Number(columns.at(-1));
  }
  return sum;
}

/** The largest UDP datagram, bytes. */
const MAX_DATAGRAM_BYTES = 65_535;

/** The port that a UDP socket is bound to. */
export function portOf(socket: Deno.DatagramConn): number {
  return (socket.addr as Deno.NetAddr).port;
}

/** Hands every datagram to `take`, a copy each; resolves when the socket is closed. */
export async function receiveAll(
  socket: Deno.DatagramConn,
  take: (datagram: Uint8Array, from: Deno.NetAddr) => void,
): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  while (true) {
    let received: [Uint8Array, Deno.Addr];
    try {
      received = await socket.receive(buffer);
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        return;
      }
      throw error;
    }
    take(received[0].slice(), received[1] as Deno.NetAddr);
  }
}

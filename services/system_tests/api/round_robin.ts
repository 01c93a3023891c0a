/**
 * One address before several servers: a TCP proxy that gives each connection to the next one, as a
 * load balancer without sticky sessions does.
 */
export class RoundRobin implements AsyncDisposable {
  /** The TCP port that clients connect to. */
  readonly port: number;
  /** How many connections each server got. */
  readonly connections: number[];
  readonly #listener: Deno.TcpListener;
  readonly #running = new Set<Promise<void>>();
  /** Both sides of every connection. */
  readonly #sides = new Set<Deno.TcpConn>();
  #next = 0;

  /** @param ports of the servers, on loopback. */
  constructor(readonly ports: readonly number[]) {
    this.connections = ports.map(() => 0);
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#run(this.#accept());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const side of this.#sides) close(side);
    await Promise.all(this.#running);
  }

  #run(work: Promise<void>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const index = this.#next++ % this.ports.length;
      this.connections[index]!++;
      this.#run(this.#serve(client, this.ports[index]!));
    }
  }

  async #serve(client: Deno.TcpConn, port: number): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#sides.add(client).add(server);
    await Promise.all([pass(client, server), pass(server, client)]);
    this.#sides.delete(client);
    this.#sides.delete(server);
  }
}

/** Passes on what comes until either side ends, and then ends both. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16 * 1_024);
  try {
    for (let length = await from.read(buffer); length !== null; length = await from.read(buffer)) {
      for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
    }
  } catch {
    // A side that is gone ends the other, as it would without a proxy.
  } finally {
    close(from);
    close(to);
  }
}

function close(side: Deno.TcpConn): void {
  try {
    side.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // It is closed.
  }
}

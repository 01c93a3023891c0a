import {
  CLEAR_NETWORK,
  type Direction,
  type DirectionProfile,
  type NetworkProfile,
  pathAt,
  roundTripMs,
} from "./network_profile.ts";

/** Connections that one relay serves; further ones are closed at once. */
export const MAX_CONNECTIONS = 256;
/** Bytes of one direction of a connection that are on the way; then its sender waits. */
export const MAX_BYTES_ON_THE_WAY = 256 * 1_024;
const READ_BUFFER_BYTES = 16 * 1_024;
/** How often a connection in a blackout looks whether that has ended, milliseconds. */
const BLACKOUT_LOOK_INTERVAL_MS = 50;

/** How a relay is set up. */
export interface TcpRelayOptions {
  /** Address to bind; 127.0.0.1. */
  readonly hostname?: string;
  /** TCP port to bind; 0, the default, takes a free one. */
  readonly port?: number;
  /** How the network behaves; without any impairment by default. */
  readonly profile?: NetworkProfile;
}

/** Bytes that a relay has passed on. */
export interface TcpRelayCounters {
  /** When they were read, milliseconds of `performance.now`. */
  readonly atMs: number;
  readonly connections: number;
  readonly downBytes: number;
  readonly upBytes: number;
}

/** Bytes on the way, and when they arrive, milliseconds of `performance.now`. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/**
 * A TCP path with the delay and the rate of a bad network, before one server. All connections share
 * the line. What QUIC would see of loss, jitter and reordering TCP repairs, so they are left out;
 * a blackout holds everything up until it ends.
 */
export class TcpRelay implements AsyncDisposable {
  /** The TCP port that clients connect to. */
  readonly port: number;
  readonly #listener: Deno.Listener;
  /** Both sides of every connection. */
  readonly #sides = new Set<Deno.Conn>();
  #connectionCount = 0;
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #server: { readonly hostname: string; readonly port: number } | undefined;
  #profile: NetworkProfile;
  #profileSetAtMs = performance.now();
  /** Until when the line of each direction is busy. */
  readonly #busyUntilMs: Record<Direction, number> = { down: 0, up: 0 };
  readonly #passedBytes: Record<Direction, number> = { down: 0, up: 0 };

  /** @throws {Deno.errors.AddrInUse} when the port is taken. */
  constructor(options: TcpRelayOptions = {}) {
    const { hostname = "127.0.0.1", port = 0, profile = CLEAR_NETWORK } = options;
    this.#profile = profile;
    this.#listener = Deno.listen({ hostname, port });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#run(this.#accept());
  }

  /** Where the server answers. Until it is known, connections are closed at once. */
  setUpstream(hostname: string, port: number): void {
    this.#server = { hostname, port };
  }

  /** Ends all connections, and each new one at once, until there is an upstream again. */
  cut(): void {
    this.#server = undefined;
    for (const side of this.#sides) close(side);
  }

  /** How the network behaves. */
  get profile(): NetworkProfile {
    return this.#profile;
  }

  /** From now on the network behaves as `profile`, whose changes count from now. */
  setProfile(profile: NetworkProfile): void {
    this.#profile = profile;
    this.#profileSetAtMs = performance.now();
  }

  /** What passed so far. */
  counters(): TcpRelayCounters {
    return {
      atMs: performance.now(),
      connections: this.#connectionCount,
      downBytes: this.#passedBytes.down,
      upBytes: this.#passedBytes.up,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#stopped.signal.aborted) {
      this.#stopped.abort();
      this.#listener.close();
      for (const side of this.#sides) close(side);
    }
    await Promise.all(this.#running);
  }

  /** Keeps what the end has to wait for. */
  #run(work: Promise<void>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      if (this.#server === undefined || this.#connectionCount >= MAX_CONNECTIONS) {
        close(client);
      } else {
        this.#run(this.#serve(client, this.#server));
      }
    }
  }

  async #serve(client: Deno.Conn, to: { hostname: string; port: number }): Promise<void> {
    const acceptedMs = performance.now();
    this.#connectionCount++;
    this.#sides.add(client);
    let server: Deno.Conn | undefined;
    try {
      server = await Deno.connect({ ...to, signal: this.#stopped.signal });
      this.#sides.add(server);
      // The handshake with the relay took no time; over the real path it takes one round trip.
      const openMs = acceptedMs + roundTripMs(this.#pathNow());
      await Promise.all([
        this.#pass("up", client, server, openMs),
        this.#pass("down", server, client, openMs),
      ]);
    } catch {
      // A side that is gone ends the other, as it would without a relay.
    } finally {
      for (const side of [client, server]) {
        if (side === undefined) continue;
        close(side);
        this.#sides.delete(side);
      }
      this.#connectionCount--;
    }
  }

  /** Passes bytes on until `from` has sent its last; then `to` is told so. */
  async #pass(direction: Direction, from: Deno.Conn, to: Deno.Conn, openMs: number): Promise<void> {
    const delayed = new TransformStream<Chunk, Chunk>(
      undefined,
      { highWaterMark: MAX_BYTES_ON_THE_WAY, size: ({ bytes }) => bytes.length },
    );
    const read = async () => {
      const writer = delayed.writable.getWriter();
      const buffer = new Uint8Array(READ_BUFFER_BYTES);
      try {
        for (let count; (count = await from.read(buffer)) !== null;) {
          await writer.ready;
          const dueMs = this.#dueMs(direction, count, Math.max(performance.now(), openMs));
          writer.write({ bytes: buffer.slice(0, count), dueMs }).catch(() => {});
        }
        await writer.close();
      } catch (error) {
        await writer.abort(error);
        throw error;
      }
    };
    const write = async () => {
      for await (const { bytes, dueMs } of delayed.readable) {
        await this.#waitUntil(dueMs, direction);
        await writeAll(to, bytes);
        this.#passedBytes[direction] += bytes.length;
      }
      await (to as Deno.TcpConn).closeWrite();
    };
    await Promise.all([read(), write()]);
  }

  /** When so many bytes arrive that are sent at `sentMs`. */
  #dueMs(direction: Direction, bytes: number, sentMs: number): number {
    const { rateBps, delayMs }: DirectionProfile = this.#pathNow()[direction];
    if (rateBps === undefined) return sentMs + delayMs;
    const startMs = Math.max(sentMs, this.#busyUntilMs[direction]);
    this.#busyUntilMs[direction] = startMs + bytes * 8 * 1_000 / rateBps;
    return this.#busyUntilMs[direction] + delayMs;
  }

  async #waitUntil(dueMs: number, direction: Direction): Promise<void> {
    const restMs = dueMs - performance.now();
    if (restMs > 0) await this.#sleep(restMs);
    while (this.#pathNow()[direction].blackout) await this.#sleep(BLACKOUT_LOOK_INTERVAL_MS);
  }

  /** @throws when the relay ends meanwhile. */
  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(done.resolve, ms);
    const stop = () => done.reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  #pathNow() {
    return pathAt(this.#profile, performance.now() - this.#profileSetAtMs);
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await to.write(bytes.subarray(written));
  }
}

/** Closes a connection, which its peer may have closed before. */
function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

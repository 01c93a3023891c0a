import { Link } from "./link.ts";
import { addCounters, NO_COUNTERS, type PathCounters } from "./link_counters.ts";
import { CLEAR_NETWORK, type NetworkProfile } from "./network_profile.ts";
import { portOf, receiveAll } from "./udp_socket.ts";
import { udpSocketDrops } from "./udp_socket_drops.ts";
import { WakeTimer } from "./wake_timer.ts";

/** Clients that one relay serves; packets of further ones are refused. */
export const MAX_CLIENTS = 256;
/** A client that is silent for this long in both directions is forgotten, milliseconds. */
export const CLIENT_IDLE_MS = 30_000;
const IDLE_SWEEP_INTERVAL_MS = 5_000;
/** A packet leaves at most this much before its time, since timers are coarser, milliseconds. */
const EARLY_MS = 0.5;

/** How a relay is set up. */
export interface UdpRelayOptions {
  /** Address to bind; 127.0.0.1. */
  readonly hostname?: string;
  /** UDP port to bind; 0, the default, takes a free one. */
  readonly port?: number;
  /** How the network behaves; without any impairment by default. */
  readonly profile?: NetworkProfile;
}

/** What the relay saw of one client. */
export interface ClientCounters extends PathCounters {
  /** IP address and port of the client. */
  readonly address: string;
}

/** Counters of a relay: of all clients together, those that are gone included. */
export interface RelayCounters extends PathCounters {
  /** Clients that it serves at this moment. */
  readonly clients: number;
  /** Packets of clients beyond {@link MAX_CLIENTS}, or for which there was no upstream. */
  readonly refusedPackets: number;
  /** Packets that the operating system did not take. */
  readonly failedPackets: number;
  /**
   * Packets that the operating system dropped before the relay saw them: a burst was longer than
   * its sockets' buffers. They are loss that no profile asked for; raise net.core.rmem_default.
   */
  readonly missedPackets: number;
}

/** Whose path {@link UdpRelay.setProfile} changes. */
export type ProfileScope = "everyone" | "newcomers";

interface Client {
  readonly address: string;
  readonly upstream: Deno.DatagramConn;
  readonly up: Line;
  readonly down: Line;
  lastActiveMs: number;
}

/** One direction of one client: the model, and the socket and address its packets leave by. */
interface Line {
  readonly link: Link<Uint8Array>;
  readonly socket: Deno.DatagramConn;
  /** Undefined: the server, wherever that is when the packet leaves. */
  readonly to: Deno.NetAddr | undefined;
}

/**
 * A UDP path with the faults of a bad network, between clients and one server. Each client address
 * has a path of its own, as people have access lines of their own, and a socket of its own towards
 * the server. Payload is relayed as it is.
 */
export class UdpRelay implements AsyncDisposable {
  /** The UDP port that clients send to. */
  readonly port: number;
  readonly #socket: Deno.DatagramConn;
  readonly #clients = new Map<string, Client>();
  readonly #running = new Set<Promise<void>>();
  readonly #timer = new WakeTimer(() => this.#deliver());
  readonly #sweep: ReturnType<typeof setInterval>;
  #server: Deno.NetAddr | undefined;
  #profile: NetworkProfile;
  #profileSetAtMs = performance.now();
  #clientCount = 0;
  #delivering = false;
  #closed = false;
  #gone: Pick<PathCounters, "up" | "down"> = { up: NO_COUNTERS, down: NO_COUNTERS };
  #refusedPackets = 0;
  #failedPackets = 0;
  #goneMissedPackets = 0;

  /** @throws {Deno.errors.AddrInUse} when the port is taken. */
  constructor(options: UdpRelayOptions = {}) {
    const { hostname = "127.0.0.1", port = 0, profile = CLEAR_NETWORK } = options;
    this.#profile = profile;
    this.#socket = Deno.listenDatagram({ hostname, port, transport: "udp" });
    this.port = portOf(this.#socket);
    this.#run(this.#receiveFromClients());
    this.#sweep = setInterval(() => this.#forgetIdleClients(), IDLE_SWEEP_INTERVAL_MS);
  }

  /** Where the server answers. Until it is known, packets are refused. */
  setUpstream(hostname: string, port: number): void {
    this.#server = { transport: "udp", hostname, port };
  }

  /** How the network behaves for clients that come now. */
  get profile(): NetworkProfile {
    return this.#profile;
  }

  /**
   * From now on the network behaves as `profile`, whose changes count from now.
   *
   * @param scope "newcomers": clients that were there keep their path as it is.
   */
  setProfile(profile: NetworkProfile, scope: ProfileScope = "everyone"): void {
    const nowMs = performance.now();
    this.#profile = profile;
    this.#profileSetAtMs = nowMs;
    if (scope === "newcomers") return;
    for (const { up, down } of this.#clients.values()) {
      up.link.setProfile(profile, nowMs);
      down.link.setProfile(profile, nowMs);
    }
    this.#deliver();
  }

  /** What all clients together sent and received. */
  counters(): RelayCounters {
    let { up, down } = this.#gone;
    for (const client of this.#clients.values()) {
      up = addCounters(up, client.up.link.counters);
      down = addCounters(down, client.down.link.counters);
    }
    return {
      atMs: performance.now(),
      up,
      down,
      clients: this.#clients.size,
      refusedPackets: this.#refusedPackets,
      failedPackets: this.#failedPackets,
      missedPackets: this.#goneMissedPackets + udpSocketDrops(this.#ports()),
    };
  }

  /** What each client sent and received, in the order in which they came. */
  clientCounters(): ClientCounters[] {
    const atMs = performance.now();
    return [...this.#clients.values()].map(({ address, up, down }) => ({
      address,
      atMs,
      up: up.link.counters,
      down: down.link.counters,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      clearInterval(this.#sweep);
      this.#timer.stop();
      this.#socket.close();
      for (const { upstream } of this.#clients.values()) upstream.close();
    }
    await Promise.all(this.#running);
  }

  /** The ports at which it receives. */
  #ports(): Set<number> {
    const upstreams = [...this.#clients.values()].map(({ upstream }) => portOf(upstream));
    return new Set([this.port, ...upstreams]);
  }

  /** Keeps what the end has to wait for. */
  #run(work: Promise<void>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  async #receiveFromClients(): Promise<void> {
    await receiveAll(this.#socket, (datagram, from) => {
      const client = this.#clientAt(from);
      if (client === undefined) this.#refusedPackets++;
      else this.#offer(client, client.up, datagram);
    });
  }

  async #receiveFromServer(client: Client): Promise<void> {
    await receiveAll(client.upstream, (datagram, from) => {
      if (from.port === this.#server?.port) this.#offer(client, client.down, datagram);
    });
  }

  #offer(client: Client, { link }: Line, datagram: Uint8Array): void {
    const nowMs = performance.now();
    client.lastActiveMs = nowMs;
    link.offer(datagram, datagram.length, nowMs);
    const dueMs = link.nextDueMs();
    if (dueMs === undefined) return;
    if (dueMs <= nowMs + EARLY_MS) this.#deliver();
    else this.#timer.wakeBy(dueMs);
  }

  #clientAt(from: Deno.NetAddr): Client | undefined {
    const address = `${from.hostname}:${from.port}`;
    const known = this.#clients.get(address);
    if (known) return known;
    if (this.#server === undefined || this.#clients.size >= MAX_CLIENTS) return undefined;
    const client = this.#open(address, from, this.#server);
    this.#clients.set(address, client);
    this.#run(this.#receiveFromServer(client));
    return client;
  }

  #open(address: string, from: Deno.NetAddr, server: Deno.NetAddr): Client {
    const nowMs = performance.now();
    // The same family as the server, and no further than this machine if that is where it is.
    const hostname = server.hostname.includes(":")
      ? "::"
      : server.hostname.startsWith("127.")
      ? "127.0.0.1"
      : "0.0.0.0";
    const upstream = Deno.listenDatagram({ hostname, port: 0, transport: "udp" });
    const index = this.#clientCount++;
    const link = (direction: "up" | "down") =>
      new Link<Uint8Array>({
        direction,
        profile: this.#profile,
        index,
        startedAtMs: this.#profileSetAtMs,
        nowMs,
      });
    return {
      address,
      upstream,
      up: { link: link("up"), socket: upstream, to: undefined },
      down: { link: link("down"), socket: this.#socket, to: from },
      lastActiveMs: nowMs,
    };
  }

  /** Sends what is due, and sees to it that the rest is sent in time. */
  #deliver(): void {
    if (this.#delivering || this.#closed) return;
    this.#delivering = true;
    this.#run(this.#sendAllDue());
  }

  async #sendAllDue(): Promise<void> {
    // Packets that become due while others are sent go with them. The last round waits for
    // nothing, so that no packet comes between it and the timer.
    while (!this.#closed) {
      const nowMs = performance.now();
      let earliestMs = Number.POSITIVE_INFINITY;
      let sent = false;
      for (const { up, down } of this.#clients.values()) {
        for (const line of [up, down]) {
          let datagram: Uint8Array | undefined;
          while ((datagram = line.link.take(nowMs, EARLY_MS)) !== undefined) {
            sent = true;
            await this.#send(line, datagram);
          }
          earliestMs = Math.min(earliestMs, line.link.nextDueMs() ?? earliestMs);
        }
      }
      if (sent) continue;
      this.#delivering = false;
      if (earliestMs < Number.POSITIVE_INFINITY) this.#timer.wakeBy(earliestMs);
      return;
    }
  }

  async #send({ socket, to }: Line, datagram: Uint8Array): Promise<void> {
    try {
      await socket.send(datagram, to ?? this.#server!);
    } catch {
      // A network loses packets; the counter tells of it.
      this.#failedPackets++;
    }
  }

  #forgetIdleClients(): void {
    const idleSinceMs = performance.now() - CLIENT_IDLE_MS;
    for (const [address, { upstream, up, down, lastActiveMs }] of this.#clients) {
      if (lastActiveMs > idleSinceMs) continue;
      this.#clients.delete(address);
      this.#goneMissedPackets += udpSocketDrops(new Set([portOf(upstream)]));
      upstream.close();
      this.#gone = {
        up: addCounters(this.#gone.up, up.link.counters),
        down: addCounters(this.#gone.down, down.link.counters),
      };
    }
  }
}

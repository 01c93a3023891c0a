import type { NetworkProfile } from "./network_profile.ts";
import { parseNetworkProfile } from "./network_profile_text.ts";
import { TcpRelay } from "./tcp_relay.ts";
import { type ProfileScope, UdpRelay } from "./udp_relay.ts";

/** How the relays before a stack are set up. Port 0 stands for any free port. */
export interface StackNetworkOptions {
  readonly profile: NetworkProfile;
  /** Address that the relays bind; 127.0.0.1. */
  readonly hostname?: string;
  readonly ports?: {
    readonly media?: number;
    readonly signaling?: number;
    readonly pages?: number;
  };
}

/**
 * The network between the clients of a stack and its services. Each part can be set and read by
 * itself. A client's paths to signaling and to media are two, each with the whole rate.
 */
export class StackNetwork implements AsyncDisposable {
  /** The path to the media handler. */
  readonly media: UdpRelay;
  /** The path to the meeting controller. */
  readonly signaling: UdpRelay;
  /** The path to pages and API. */
  readonly pages: TcpRelay;

  private constructor(media: UdpRelay, signaling: UdpRelay, pages: TcpRelay) {
    this.media = media;
    this.signaling = signaling;
    this.pages = pages;
  }

  /** @throws {Deno.errors.AddrInUse} when a port is taken; nothing is bound then. */
  static async open(options: StackNetworkOptions): Promise<StackNetwork> {
    const { profile, hostname, ports = {} } = options;
    await using opened = new AsyncDisposableStack();
    const media = opened.use(new UdpRelay({ hostname, profile, port: ports.media }));
    const signaling = opened.use(new UdpRelay({ hostname, profile, port: ports.signaling }));
    const pages = opened.use(new TcpRelay({ hostname, profile, port: ports.pages }));
    opened.move();
    return new StackNetwork(media, signaling, pages);
  }

  /**
   * From now on all three paths behave as `profile`, or as its text form says; changes over time
   * count from now.
   *
   * @param scope whose paths to signaling and media; pages always change for everyone.
   * @throws {NetworkProfileError} when the text describes no network.
   */
  setProfile(profile: NetworkProfile | string, scope?: ProfileScope): void {
    const parsed = typeof profile === "string" ? parseNetworkProfile(profile) : profile;
    this.media.setProfile(parsed, scope);
    this.signaling.setProfile(parsed, scope);
    this.pages.setProfile(parsed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.media[Symbol.asyncDispose](),
      this.signaling[Symbol.asyncDispose](),
      this.pages[Symbol.asyncDispose](),
    ]);
  }
}

import { CLEAR_DIRECTION, CLEAR_NETWORK } from "../../stack/network/network_profile.ts";
import { TcpRelay } from "../../stack/network/tcp_relay.ts";

/** The way of one process to a store, which a test makes bad. */
export class StorePath implements AsyncDisposable {
  readonly #relay = new TcpRelay();
  #port: number;
  #isCut = false;

  /** @param port of the store, on loopback. */
  constructor(port: number) {
    this.#port = port;
    this.#relay.setUpstream("127.0.0.1", port);
  }

  /** Where the process finds the store. */
  get port(): number {
    return this.#relay.port;
  }

  /** The store is at another port from now on, for new connections. */
  moveTo(port: number): void {
    this.#port = port;
    if (!this.#isCut) this.#relay.setUpstream("127.0.0.1", port);
  }

  /** Ends all connections, and refuses new ones: the process notices at once. */
  cut(): void {
    this.#isCut = true;
    this.#relay.cut();
  }

  /** Swallows everything: the process hears nothing more, not even that a connection ended. */
  blackhole(): void {
    this.#behave({ blackout: true, delayMs: 0 });
  }

  /** Everything takes that long in each direction, milliseconds. */
  delay(delayMs: number): void {
    this.#behave({ blackout: false, delayMs });
  }

  /** All is well again, and what was swallowed arrives, as TCP sends it again. */
  heal(): void {
    this.#isCut = false;
    this.#relay.setUpstream("127.0.0.1", this.#port);
    this.#relay.setProfile(CLEAR_NETWORK);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
  }

  #behave(changes: { readonly blackout: boolean; readonly delayMs: number }): void {
    const direction = { ...CLEAR_DIRECTION, ...changes };
    const changed = [{ atMs: 0, path: { down: direction, up: direction } }] as const;
    const profile = { ...CLEAR_NETWORK, changes: changed };
    this.#relay.setProfile(profile);
  }
}

import type { Logger } from "../../runtime/log.ts";
import { type Clock, pause } from "../clock.ts";
import type { KnownMeeting } from "../facts/meeting_facts.ts";
import type { Bans } from "../moderation/bans.ts";
import type { GivenRoles } from "../moderation/given_roles.ts";

/** How soon after one another the facts of one meeting are loaded at the earliest, milliseconds. */
export const FACTS_RENEWAL_INTERVAL_MS = 1_000;

/**
 * Reads the bans and given roles of a meeting again while it runs here: others than its owner change
 * them, too. However often that is asked for, they are read once at a time and once in a while, and
 * at least once after the last time that it was asked for.
 */
export class FactsRenewal implements Disposable {
  readonly #ended = new AbortController();
  #isDue = false;
  #running = false;
  #loadedAtMs = -Infinity;

  constructor(
    private readonly options: {
      /** Undefined: the meeting has ended. */
      readonly load: () => Promise<KnownMeeting | undefined>;
      readonly bans: Bans;
      readonly roles: GivenRoles;
      readonly clock: Clock;
      readonly log: Logger;
    },
  ) {}

  /** The facts may have changed. */
  request(): void {
    this.#isDue = true;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { clock } = this.options;
    while (this.#isDue) {
      const waitMs = this.#loadedAtMs + FACTS_RENEWAL_INTERVAL_MS - clock.now();
      if (waitMs > 0) await pause(clock, waitMs, this.#ended.signal);
      if (this.#ended.signal.aborted) break;
      this.#isDue = false;
      this.#loadedAtMs = clock.now();
      await this.#renew();
    }
    this.#running = false;
  }

  async #renew(): Promise<void> {
    const { load, bans, roles, log } = this.options;
    const before = bans.changes + roles.changes;
    let known: KnownMeeting | undefined;
    try {
      known = await load();
    } catch (error) {
      log.warn("facts not read again", { error });
      this.#isDue = true;
      return;
    }
    if (known === undefined || this.#ended.signal.aborted) return;
    // What changed here meanwhile may be newer than what was read.
    if (bans.changes + roles.changes !== before) {
      this.#isDue = true;
      return;
    }
    bans.replace(known.bans);
    roles.replace(known.roles);
  }
}

import type { Logger } from "../../runtime/log.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import type { ServerRegistry } from "./server_registry.ts";

/** A server silent for so long is forgotten, milliseconds. */
export const SILENCE_LIMIT_MS = 15_000;
/** How often silent servers are looked for, milliseconds. */
const CHECK_INTERVAL_MS = 5_000;

/**
 * Forgets servers that fell silent, so that nobody is shown as present at a dead controller.
 * Driven by the heartbeats of the others, since a stateless process may have no timers. It first
 * listens for the whole limit itself: after a pause of this process or of the database all
 * heartbeats look old, and nobody is to blame.
 */
export class SilenceWatch {
  readonly #registry: ServerRegistry;
  readonly #meetings: MeetingStore;
  readonly #log: Logger;
  readonly #now: () => number;
  #listeningSinceMs: number | undefined;
  #lastHeartbeatMs = 0;
  #lastCheckMs = 0;

  constructor(options: {
    registry: ServerRegistry;
    meetings: MeetingStore;
    log: Logger;
    now?: () => number;
  }) {
    this.#registry = options.registry;
    this.#meetings = options.meetings;
    this.#log = options.log;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Called after each heartbeat that was stored. */
  async heartbeatStored(): Promise<void> {
    const now = this.#now();
    const paused = now - this.#lastHeartbeatMs > CHECK_INTERVAL_MS;
    if (this.#listeningSinceMs === undefined || paused) this.#listeningSinceMs = now;
    this.#lastHeartbeatMs = now;
    if (now - this.#listeningSinceMs < SILENCE_LIMIT_MS) return;
    if (now - this.#lastCheckMs < CHECK_INTERVAL_MS) return;
    this.#lastCheckMs = now;
    if (await this.#registry.forgetSilentServers(SILENCE_LIMIT_MS) === 0) return;
    const participants = await this.#meetings.releaseLostParticipants();
    this.#log.warn("silent meeting controllers forgotten", { participants });
  }
}

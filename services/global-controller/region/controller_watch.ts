import type { Logger } from "../../runtime/log.ts";
import type { MeetingControllerClient } from "./meeting_controller_client.ts";
import type { RegisteredController } from "./registered_server.ts";
import type { ServerRegistry } from "./server_registry.ts";

/** How long an answer of a controller counts, milliseconds. */
export const LOOK_LIFETIME_MS = 1_000;
/** Controllers whose last look is remembered; beyond it all are forgotten. */
const MAX_REMEMBERED = 1_000;

/**
 * Notices that a meeting controller is gone before its heartbeats are missed: whoever joins has
 * this process see whether anybody still listens there. One that merely answers late is left to
 * its heartbeats, since a meeting that is moved in error is torn apart.
 */
export class ControllerWatch {
  readonly #registry: ServerRegistry;
  readonly #controllers: MeetingControllerClient;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #looks = new Map<
    string,
    { readonly sinceMs: number; readonly gone: Promise<boolean> }
  >();

  constructor(options: {
    registry: ServerRegistry;
    controllers: MeetingControllerClient;
    log: Logger;
    now?: () => number;
  }) {
    this.#registry = options.registry;
    this.#controllers = options.controllers;
    this.#log = options.log;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Whether nobody listens there any more; its meetings are not to be sent there then. */
  isGone(controller: Pick<RegisteredController, "controllerId" | "rpcEndpoint">): Promise<boolean> {
    const { controllerId, rpcEndpoint } = controller;
    const now = this.#now();
    const last = this.#looks.get(controllerId);
    if (last !== undefined && now - last.sinceMs < LOOK_LIFETIME_MS) return last.gone;
    if (this.#looks.size >= MAX_REMEMBERED) this.#looks.clear();
    const gone = this.#look(controllerId, rpcEndpoint);
    this.#looks.set(controllerId, { sinceMs: now, gone });
    return gone;
  }

  async #look(controllerId: string, rpcEndpoint: string): Promise<boolean> {
    try {
      if (await this.#controllers.reach(rpcEndpoint) !== "refused") return false;
      this.#log.warn("meeting controller is gone", { controllerId });
      await this.#registry.markControllerUnhealthy(controllerId);
      return true;
    } catch (error) {
      this.#log.warn("looking for a meeting controller failed", { controllerId, error });
      return false;
    }
  }
}

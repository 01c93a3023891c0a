import {
  HEARTBEAT_FRESH_MS,
  type RegisteredController,
  type RegisteredMediaHandler,
  type ServerHealth,
} from "./registered_server.ts";
import type { HeartbeatSender, ServerHeartbeat, ServerRegistry } from "./server_registry.ts";

interface Entry<Server> {
  readonly server: Server;
  readonly heartbeatAtMs: number;
}

/** A registry in memory, for tests of what stands on it. */
export class InProcessServerRegistry implements ServerRegistry {
  readonly #controllers = new Map<string, Entry<RegisteredController>>();
  readonly #handlers = new Map<string, Entry<RegisteredMediaHandler>>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  registerController(controller: RegisteredController): Promise<boolean> {
    const replaced = this.#replace(this.#controllers, controller.endpoint, controller.controllerId);
    this.#controllers.set(controller.controllerId, this.#alive(controller));
    return Promise.resolve(replaced);
  }

  registerMediaHandler(handler: RegisteredMediaHandler): Promise<void> {
    this.#replace(this.#handlers, handler.endpoint, handler.handlerId);
    this.#handlers.set(handler.handlerId, this.#alive(handler));
    return Promise.resolve();
  }

  recordHeartbeat(heartbeat: ServerHeartbeat): Promise<HeartbeatSender | undefined> {
    const { serverId, health } = heartbeat;
    const controller = this.#controllers.get(serverId)?.server;
    if (controller) {
      const capacity = heartbeat.controllerCapacity ?? controller.capacity;
      this.#controllers.set(serverId, this.#alive({ ...controller, health, capacity }));
      return Promise.resolve({ kind: "controller", region: controller.region });
    }
    const handler = this.#handlers.get(serverId)?.server;
    if (handler) {
      const capacity = heartbeat.mediaHandlerCapacity ?? handler.capacity;
      this.#handlers.set(serverId, this.#alive({ ...handler, health, capacity }));
      return Promise.resolve({ kind: "mediaHandler", region: handler.region });
    }
    return Promise.resolve(undefined);
  }

  listHealthyControllers(): Promise<RegisteredController[]> {
    return Promise.resolve(this.#healthy(this.#controllers));
  }

  listHealthyMediaHandlers(region: string): Promise<RegisteredMediaHandler[]> {
    return Promise.resolve(
      this.#healthy(this.#handlers).filter((handler) => handler.region === region),
    );
  }

  markControllerUnhealthy(controllerId: string): Promise<void> {
    const entry = this.#controllers.get(controllerId);
    if (entry) {
      this.#controllers.set(controllerId, {
        ...entry,
        server: { ...entry.server, health: "unhealthy" },
      });
    }
    return Promise.resolve();
  }

  forgetSilentServers(ageMs: number): Promise<number> {
    const before = this.#now() - ageMs;
    let forgotten = 0;
    for (const [id, { heartbeatAtMs }] of this.#controllers) {
      if (heartbeatAtMs < before && this.#controllers.delete(id)) forgotten++;
    }
    for (const [id, { heartbeatAtMs }] of this.#handlers) {
      if (heartbeatAtMs < before) this.#handlers.delete(id);
    }
    return Promise.resolve(forgotten);
  }

  /** A controller with whether it may be given work, for the sibling meeting store. */
  controller(id: string): { server: RegisteredController; healthy: boolean } | undefined {
    return this.#judged(this.#controllers.get(id));
  }

  /** A media handler with whether it may be given work, for the sibling meeting store. */
  mediaHandler(id: string): { server: RegisteredMediaHandler; healthy: boolean } | undefined {
    return this.#judged(this.#handlers.get(id));
  }

  #alive<Server>(server: Server): Entry<Server> {
    return { server, heartbeatAtMs: this.#now() };
  }

  #replace(
    entries: Map<string, Entry<{ endpoint: string }>>,
    endpoint: string,
    id: string,
  ): boolean {
    for (const [otherId, { server }] of entries) {
      if (server.endpoint === endpoint && otherId !== id) return entries.delete(otherId);
    }
    return false;
  }

  #healthy<Server extends { health: ServerHealth }>(
    entries: Map<string, Entry<Server>>,
  ): Server[] {
    return [...entries.values()]
      .filter((entry) => this.#judged(entry)?.healthy)
      .map(({ server }) => server);
  }

  #judged<Server extends { health: ServerHealth }>(
    entry: Entry<Server> | undefined,
  ): { server: Server; healthy: boolean } | undefined {
    if (entry === undefined) return undefined;
    const fresh = this.#now() - entry.heartbeatAtMs <= HEARTBEAT_FRESH_MS;
    return { server: entry.server, healthy: fresh && entry.server.health !== "unhealthy" };
  }
}

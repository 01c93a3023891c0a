import type {
  ControllerCapacity,
  MediaHandlerCapacity,
  RegisteredController,
  RegisteredMediaHandler,
  ServerHealth,
} from "./registered_server.ts";

/** One sign of life (specification 5.2). A capacity that is absent stays as it was. */
export interface ServerHeartbeat {
  /** A controllerId or a handlerId. */
  readonly serverId: string;
  readonly health: ServerHealth;
  readonly controllerCapacity?: ControllerCapacity;
  readonly mediaHandlerCapacity?: MediaHandlerCapacity;
}

/** Who sent a heartbeat. */
export interface HeartbeatSender {
  readonly kind: "controller" | "mediaHandler";
  readonly region: string;
}

/**
 * The regional processes that registered themselves. Fresh means: the last heartbeat is at most
 * {@link HEARTBEAT_FRESH_MS} old by the store's own clock.
 */
export interface ServerRegistry {
  /**
   * Adds or updates a controller. One that had the same endpoint under another id is forgotten,
   * and its meetings lose their assignment.
   *
   * @returns whether another one was replaced.
   */
  registerController(controller: RegisteredController): Promise<boolean>;
  /** Adds or updates a media handler, and forgets another one at the same endpoint. */
  registerMediaHandler(handler: RegisteredMediaHandler): Promise<void>;
  /** Undefined when the server is not known: it has to register again. */
  recordHeartbeat(heartbeat: ServerHeartbeat): Promise<HeartbeatSender | undefined>;
  /** Forgets a server that stops. @returns which kind it was; undefined: it was not known. */
  deregister(serverId: string): Promise<HeartbeatSender["kind"] | undefined>;
  /**
   * Fresh controllers that say neither that they are unhealthy nor that they drain. Those whose lease
   * has run out, so that they can own no meeting now, are left out unless there are no others.
   */
  listHealthyControllers(): Promise<RegisteredController[]>;
  /** The same of one region's media handlers. */
  listHealthyMediaHandlers(region: string): Promise<RegisteredMediaHandler[]>;
  /** Gives the controller no more work until its next heartbeat. */
  markControllerUnhealthy(controllerId: string): Promise<void>;
  /**
   * Forgets servers whose last heartbeat is older than `ageMs`.
   *
   * @returns how many controllers went.
   */
  forgetSilentServers(ageMs: number): Promise<number>;
}

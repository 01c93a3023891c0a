import type { Logger } from "../../runtime/log.ts";
import type { AssignedController, Meeting } from "../meeting/meeting.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import {
  type ChosenMediaHandler,
  ControllerRefusal,
  type MeetingConfiguration,
  type MeetingControllerClient,
} from "./meeting_controller_client.ts";
import { hasRoom, type RegisteredController } from "./registered_server.ts";
import { rankByRendezvous } from "./rendezvous.ts";
import type { ServerRegistry } from "./server_registry.ts";

/** Controllers that one request tries before it gives up. */
export const MAX_CONTROLLERS_TRIED = 3;
/** How often an assignment that somebody else changed meanwhile is looked at again. */
const MAX_RACES_LOST = 3;

/** The processes that serve a meeting, as its participants need them. */
export interface Placement {
  readonly controller: Pick<
    AssignedController,
    "controllerId" | "region" | "endpoint" | "certificateHashes"
  >;
  readonly mediaHandler: Pick<ChosenMediaHandler, "endpoint" | "certificateHashes"> | undefined;
}

/** A placement of a meeting that is not stored yet. */
export interface NewPlacement extends Placement {
  readonly mediaHandler: ChosenMediaHandler | undefined;
}

/** No healthy meeting controller takes the meeting now. */
export class NoControllerError extends Error {
  override readonly name = "NoControllerError";
}

/** The meeting ended while it was being placed. */
export class MeetingEndedError extends Error {
  override readonly name = "MeetingEndedError";
}

/** Decides which meeting controller serves which meeting, and keeps to it while that one lives. */
export class MeetingPlacement {
  readonly #registry: ServerRegistry;
  readonly #meetings: MeetingStore;
  readonly #controllers: MeetingControllerClient;
  readonly #region: string;
  readonly #log: Logger;
  /** One assignment at a time for each meeting: a page and its join call come close together. */
  readonly #underway = new Map<string, Promise<Placement>>();

  constructor(options: {
    registry: ServerRegistry;
    meetings: MeetingStore;
    controllers: MeetingControllerClient;
    /** This region's controllers are preferred. */
    region: string;
    log: Logger;
  }) {
    this.#registry = options.registry;
    this.#meetings = options.meetings;
    this.#controllers = options.controllers;
    this.#region = options.region;
    this.#log = options.log;
  }

  /**
   * Has a controller take a meeting that does not exist yet.
   *
   * @throws {NoControllerError}
   */
  async placeNew(meeting: MeetingConfiguration): Promise<NewPlacement> {
    const candidates = await this.#candidates(meeting.meetingId);
    for (const controller of candidates.slice(0, MAX_CONTROLLERS_TRIED)) {
      const answer = await this.#offer(controller, meeting);
      if (answer) return { controller, mediaHandler: answer.mediaHandler };
    }
    throw new NoControllerError("no meeting controller is available");
  }

  /**
   * Where the meeting is; it is assigned anew when its controller or media handler is gone.
   *
   * @throws {NoControllerError}
   * @throws {MeetingEndedError}
   */
  async place(meeting: Meeting): Promise<Placement> {
    const { controller, mediaHandler } = meeting;
    if (controller?.healthy && mediaHandler?.healthy) return { controller, mediaHandler };
    const underway = this.#underway.get(meeting.meetingId);
    if (underway) return await underway;
    const assignment = this.#assign(meeting);
    this.#underway.set(meeting.meetingId, assignment);
    try {
      return await assignment;
    } finally {
      this.#underway.delete(meeting.meetingId);
    }
  }

  async #assign(meeting: Meeting): Promise<Placement> {
    let current = meeting;
    for (let race = 0; race < MAX_RACES_LOST; race++) {
      const placement = await this.#renew(current) ?? await this.placeNew(current);
      const { controllerId } = placement.controller;
      const previous = current.controller?.controllerId ?? null;
      const stored = await this.#meetings.assign(current.meetingId, previous, {
        controllerId,
        mediaHandlerId: placement.mediaHandler?.handlerId ?? null,
      });
      if (stored) {
        this.#log.info("meeting assigned", {
          meetingId: current.meetingId,
          controllerId,
          previousControllerId: previous,
        });
        return placement;
      }
      const found = await this.#meetings.find({ meetingId: current.meetingId });
      if (found === undefined || found.endedAt !== null) throw new MeetingEndedError();
      if (found.controller?.healthy && found.mediaHandler?.healthy) {
        return { controller: found.controller, mediaHandler: found.mediaHandler };
      }
      current = found;
    }
    throw new NoControllerError("the meeting's assignment keeps changing");
  }

  /** The same controller with the media handler that it uses now; undefined when it is gone. */
  async #renew(meeting: Meeting): Promise<NewPlacement | undefined> {
    const { controller } = meeting;
    if (!controller?.healthy) return undefined;
    const answer = await this.#offer(controller, meeting);
    return answer && { controller, mediaHandler: answer.mediaHandler };
  }

  async #offer(
    controller: Pick<AssignedController, "controllerId" | "rpcEndpoint">,
    meeting: MeetingConfiguration,
  ): Promise<{ mediaHandler: ChosenMediaHandler | undefined } | undefined> {
    try {
      const { rpcEndpoint } = controller;
      return { mediaHandler: await this.#controllers.assignMeeting(rpcEndpoint, meeting) };
    } catch (error) {
      if (!(error instanceof ControllerRefusal)) throw error;
      this.#log.warn("meeting controller refused", {
        meetingId: meeting.meetingId,
        controllerId: controller.controllerId,
        error,
      });
      if (error.reason === "away") {
        await this.#registry.markControllerUnhealthy(controller.controllerId);
      }
      return undefined;
    }
  }

  /** By preference: our region, not degraded, then by the meeting's own order. */
  async #candidates(meetingId: string): Promise<RegisteredController[]> {
    const open = (await this.#registry.listHealthyControllers()).filter(hasRoom);
    const penalty = ({ region, health }: RegisteredController) =>
      (region === this.#region ? 0 : 2) + (health === "healthy" ? 0 : 1);
    // By endpoint: a controller that was started again gets its meetings back.
    return rankByRendezvous(meetingId, open, ({ endpoint }) => endpoint)
      .sort((a, b) => penalty(a) - penalty(b));
  }
}

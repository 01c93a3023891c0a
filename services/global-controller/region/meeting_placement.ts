import type { Logger } from "../../runtime/log.ts";
import { rankByRendezvous } from "../../runtime/rendezvous.ts";
import type { AssignedController, Meeting } from "../meeting/meeting.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import {
  type ChosenMediaHandler,
  ControllerRefusal,
  type ControllerRefusalReason,
  type MeetingConfiguration,
  type MeetingControllerClient,
} from "./meeting_controller_client.ts";
import { ControllerWatch } from "./controller_watch.ts";
import type { CallerPlace, RegionChoice, RegionPreference } from "./region_choice.ts";
import { freeCapacity, hasRoom, type RegisteredController } from "./registered_server.ts";
import type { ServerRegistry } from "./server_registry.ts";

/** Controllers that one request tries before it gives up. */
export const MAX_CONTROLLERS_TRIED = 6;
/** Controllers of a region that may be away before the next region's are tried. */
export const MAX_AWAY_IN_REGION = 2;
/** How often an assignment that somebody else changed meanwhile is looked at again. */
const MAX_RACES_LOST = 3;

/** How long a controller keeps a meeting at least that nobody uses (it forgets after 15 minutes). */
const KEPT_UNUSED_MS = 10 * 60 * 1000;
/** Nobody has a join token of a meeting that does not exist yet: none needs to be looked up. */
const NONE_REVOKED: readonly string[] = [];

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
  readonly #regions: RegionChoice;
  readonly #watch: ControllerWatch;
  readonly #log: Logger;
  /** One assignment at a time for each meeting: a page and its join call come close together. */
  readonly #underway = new Map<string, Promise<Placement>>();

  constructor(options: {
    registry: ServerRegistry;
    meetings: MeetingStore;
    controllers: MeetingControllerClient;
    regions: RegionChoice;
    log: Logger;
  }) {
    this.#registry = options.registry;
    this.#meetings = options.meetings;
    this.#controllers = options.controllers;
    this.#regions = options.regions;
    this.#watch = new ControllerWatch(options);
    this.#log = options.log;
  }

  /**
   * Has a controller take a meeting that does not exist yet.
   *
   * @param caller for whom; by default somebody near this process.
   * @throws {NoControllerError}
   * @throws {UnknownRegionError} when the caller asked for a region that does not exist.
   */
  async placeNew(meeting: MeetingConfiguration, caller?: CallerPlace): Promise<NewPlacement> {
    return await this.#placeIn(
      meeting,
      caller ? this.#regions.preferenceOf(caller) : this.#regions.near(undefined),
      NONE_REVOKED,
    );
  }

  /**
   * Holds a region that somebody asked for to those that there are.
   *
   * @throws {UnknownRegionError}
   */
  async assertRegion(requested: string): Promise<void> {
    const controllers = await this.#registry.listHealthyControllers();
    this.#regions.preferenceOf({ address: "", requested })(controllers.map((c) => c.region));
  }

  async #placeIn(
    meeting: MeetingConfiguration,
    preference: RegionPreference,
    revokedTokenIds?: readonly string[],
  ): Promise<NewPlacement> {
    const open = (await this.#registry.listHealthyControllers()).filter(hasRoom);
    const regions = Map.groupBy(open, ({ region }) => region);
    let left = MAX_CONTROLLERS_TRIED;
    let withoutMedia: NewPlacement | undefined;
    for (const region of preference([...regions.keys()])) {
      const controllers = byPreference(meeting.meetingId, regions.get(region) ?? []);
      for (let away = 0; controllers.length > 0 && away < MAX_AWAY_IN_REGION && left > 0; left--) {
        const controller = controllers.shift()!;
        const answer = await this.#offer(controller, meeting, revokedTokenIds);
        if (answer === "away") away++;
        else if (answer !== "busy") {
          const { mediaHandler } = answer;
          if (mediaHandler !== undefined) return { controller, mediaHandler };
          // Its media handlers are gone: a region that has some is better.
          withoutMedia ??= { controller, mediaHandler };
          break;
        }
      }
    }
    if (withoutMedia !== undefined) return withoutMedia;
    throw new NoControllerError("no meeting controller is available");
  }

  /**
   * Where the meeting is: at the controller that owns it under a lease that lives, without a look at
   * that one. Otherwise it is assigned anew when its controller or media handler is gone, in its own
   * region, else in one near it. One that was left for long is assigned to its controller again.
   *
   * @param caller near whom a meeting without a region is placed.
   * @throws {NoControllerError}
   * @throws {MeetingEndedError}
   */
  async place(meeting: Meeting, caller?: CallerPlace): Promise<Placement> {
    const { controller, mediaHandler } = meeting;
    if (controller?.owns) {
      return mediaHandler?.healthy
        ? { controller, mediaHandler }
        : await this.#once(meeting, () => this.#askOwner(meeting, controller));
    }
    const stays = controller?.healthy && !controller.draining && mediaHandler?.healthy;
    if (!stays || mayBeForgotten(meeting)) return await this.#assignOnce(meeting, caller);
    const { controllerId, rpcEndpoint } = controller;
    if (rpcEndpoint === undefined) return await this.#assignOnce(meeting, caller);
    const gone = this.#watch.isGone({ controllerId, rpcEndpoint });
    // Nobody waits for a look at a controller that has spoken as expected.
    if (!controller.overdue || !await gone) return { controller, mediaHandler };
    return await this.#assignOnce({ ...meeting, controller: { ...controller, healthy: false } });
  }

  /** The media handler that the meeting's owner uses now; none when that cannot be learned. */
  async #askOwner(meeting: Meeting, controller: AssignedController): Promise<Placement> {
    const { controllerId, rpcEndpoint } = controller;
    if (rpcEndpoint === undefined) return { controller, mediaHandler: undefined };
    const answer = await this.#offer({ controllerId, rpcEndpoint }, meeting);
    if (typeof answer === "string") return { controller, mediaHandler: undefined };
    const { mediaHandler } = answer;
    const mediaHandlerId = mediaHandler?.handlerId ?? null;
    await this.#meetings.assign(meeting.meetingId, controllerId, { controllerId, mediaHandlerId });
    return { controller, mediaHandler };
  }

  #assignOnce(meeting: Meeting, caller?: CallerPlace): Promise<Placement> {
    return this.#once(meeting, () => this.#assign(meeting, caller));
  }

  async #once(meeting: Meeting, place: () => Promise<Placement>): Promise<Placement> {
    const underway = this.#underway.get(meeting.meetingId);
    if (underway) return await underway;
    const placing = place();
    this.#underway.set(meeting.meetingId, placing);
    try {
      return await placing;
    } finally {
      this.#underway.delete(meeting.meetingId);
    }
  }

  async #assign(meeting: Meeting, caller?: CallerPlace): Promise<Placement> {
    // Requests overtake one another: it may have been assigned anew since this one read it.
    const { current: found, placement: elsewhere } = await this.#look(meeting);
    if (elsewhere && found.controller?.controllerId !== meeting.controller?.controllerId) {
      return elsewhere;
    }
    let current = meeting;
    for (let race = 0; race < MAX_RACES_LOST; race++) {
      const placement = await this.#renew(current) ??
        await this.#placeIn(current, this.#preferenceFor(current, caller));
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
      const look = await this.#look(current);
      if (look.placement) return look.placement;
      current = look.current;
    }
    throw new NoControllerError("the meeting's assignment keeps changing");
  }

  /**
   * The meeting as it is now, and where, when that needs no change.
   *
   * @throws {MeetingEndedError}
   */
  async #look({ meetingId }: Meeting): Promise<{ current: Meeting; placement?: Placement }> {
    const current = await this.#meetings.find({ meetingId });
    if (current === undefined || current.endedAt !== null) throw new MeetingEndedError();
    const { controller, mediaHandler } = current;
    if (
      controller?.owns || (controller?.healthy && !controller.draining && mediaHandler?.healthy)
    ) {
      const healthy = mediaHandler?.healthy ? mediaHandler : undefined;
      return { current, placement: { controller, mediaHandler: healthy } };
    }
    return { current };
  }

  #preferenceFor({ region, controller }: Meeting, caller?: CallerPlace): RegionPreference {
    const home = region ?? controller?.region;
    if (home === undefined && caller !== undefined) return this.#regions.preferenceOf(caller);
    return this.#regions.near(home);
  }

  /** The same controller with the media handler that it uses now; undefined when it is gone. */
  async #renew(meeting: Meeting): Promise<NewPlacement | undefined> {
    const { controller } = meeting;
    if (!controller?.healthy || (controller.draining && controller.released)) return undefined;
    const { controllerId, rpcEndpoint } = controller;
    if (rpcEndpoint === undefined) return undefined;
    const answer = await this.#offer({ controllerId, rpcEndpoint }, meeting);
    return typeof answer === "string"
      ? undefined
      : { controller, mediaHandler: answer.mediaHandler };
  }

  async #offer(
    controller: Pick<RegisteredController, "controllerId" | "rpcEndpoint">,
    meeting: MeetingConfiguration,
    revokedTokenIds?: readonly string[],
  ): Promise<{ mediaHandler: ChosenMediaHandler | undefined } | ControllerRefusalReason> {
    try {
      const { rpcEndpoint } = controller;
      const mediaHandler = await this.#controllers.assignMeeting(
        rpcEndpoint,
        meeting,
        revokedTokenIds,
      );
      return { mediaHandler };
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
      return error.reason;
    }
  }
}

/** Whether nobody is in the meeting, and its controller may have forgotten it meanwhile. */
function mayBeForgotten({ participantCount, createdAt }: Meeting): boolean {
  return participantCount === 0 && Date.now() - createdAt.getTime() > KEPT_UNUSED_MS;
}

/** A region's controllers: those that are well first, then by the meeting's own order. */
function byPreference(
  meetingId: string,
  controllers: readonly RegisteredController[],
): RegisteredController[] {
  const penalty = ({ health }: RegisteredController) => health === "healthy" ? 0 : 1;
  // By endpoint: a controller that was started again gets its meetings back.
  return rankByRendezvous(meetingId, controllers, ({ endpoint }) => endpoint, freeCapacity)
    .sort((a, b) => penalty(a) - penalty(b));
}

import {
  ControllerRefusal,
  type MeetingControllerClient,
} from "../region/meeting_controller_client.ts";
import { unavailable } from "../rest/api_error.ts";
import type { AssignedController, Meeting } from "./meeting.ts";
import type { MeetingStore } from "./meeting_store.ts";

/** How often a meeting that others change meanwhile is told again. */
const MAX_ROUNDS = 5;

/** Tells the meeting controller of a running meeting what the meeting has become. */
export class MeetingPropagation {
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #controllers: MeetingControllerClient;

  constructor(options: {
    meetings: Pick<MeetingStore, "find">;
    controllers: MeetingControllerClient;
  }) {
    this.#meetings = options.meetings;
    this.#controllers = options.controllers;
  }

  /**
   * Brings the controller up to date. Of changes that overlap, the one that is told last may be the
   * older; so the meeting is read again after each call, until nothing has changed meanwhile.
   *
   * @returns the meeting as its controller knows it; undefined when there is none.
   * @throws {ApiError} SERVICE_UNAVAILABLE when the controller lives and could not be told.
   */
  async tell(meetingId: string): Promise<Meeting | undefined> {
    let meeting = await this.#meetings.find({ meetingId });
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (meeting?.controller === undefined) return meeting;
      // A controller that is gone has nobody in the meeting, and another one gets it as it is.
      if (!meeting.controller.healthy && meeting.endedAt === null) return meeting;
      await this.#call(meeting, meeting.controller);
      const told = meeting;
      meeting = await this.#meetings.find({ meetingId });
      const isCurrent = meeting?.version === told.version &&
        meeting.controller?.controllerId === told.controller?.controllerId;
      if (isCurrent) return meeting;
    }
    throw unavailable("the meeting keeps changing");
  }

  async #call(meeting: Meeting, { rpcEndpoint, healthy }: AssignedController): Promise<void> {
    if (rpcEndpoint === undefined) throw unavailable("the meeting controller is away: call again");
    try {
      if (meeting.endedAt === null) await this.#controllers.assignMeeting(rpcEndpoint, meeting);
      else await this.#controllers.endMeeting(rpcEndpoint, meeting.meetingId);
    } catch (error) {
      if (!(error instanceof ControllerRefusal)) throw error;
      if (!healthy) return;
      throw unavailable("the meeting controller is away: call again", error);
    }
  }
}

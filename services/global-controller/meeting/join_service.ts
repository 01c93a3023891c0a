import type { Caller } from "../auth/caller.ts";
import type { JoinTokenIssuer } from "../grant/join_token_issuer.ts";
import type { MeetingPlacement, Placement } from "../region/meeting_placement.ts";
import { unauthorized } from "../rest/api_error.ts";
import { findMeeting } from "./find_meeting.ts";
import type { Meeting } from "./meeting.ts";
import { administers } from "./meeting_access.ts";
import type { MeetingStore } from "./meeting_store.ts";
import { meetingEnded, placing } from "./placing.ts";

/** Lets people into meetings. */
export class JoinService {
  readonly #meetings: MeetingStore;
  readonly #placement: MeetingPlacement;
  readonly #tokens: JoinTokenIssuer;

  constructor(options: {
    meetings: MeetingStore;
    placement: MeetingPlacement;
    tokens: JoinTokenIssuer;
  }) {
    this.#meetings = options.meetings;
    this.#placement = options.placement;
    this.#tokens = options.tokens;
  }

  /** Everything that one more participant needs. @throws {ApiError} */
  async join(caller: Caller, name: string) {
    const meeting = await findMeeting(this.#meetings, name);
    if (meeting.settings.requireAuth && caller.kind === "guest") {
      throw unauthorized("this meeting needs an access token");
    }
    const placement = await this.#place(meeting);
    const hosts = caller.kind !== "guest" && administers(caller, meeting);
    const issued = await this.#tokens.issue({
      meetingId: meeting.meetingId,
      controllerId: placement.controller.controllerId,
      role: hosts ? "host" : "participant",
    });
    return { meeting, placement, ...issued };
  }

  /** Where the meeting is. @throws {ApiError} */
  async endpoints(name: string): Promise<{ meeting: Meeting; placement: Placement }> {
    const meeting = await findMeeting(this.#meetings, name);
    return { meeting, placement: await this.#place(meeting) };
  }

  async #place(meeting: Meeting): Promise<Placement> {
    if (meeting.endedAt !== null) throw meetingEnded();
    return await placing(() => this.#placement.place(meeting));
  }
}

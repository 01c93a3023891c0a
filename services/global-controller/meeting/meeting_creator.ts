import type { QuotaStore } from "../organisation/quota/quota.ts";
import { quotaExceeded, type Quotas } from "../organisation/quota/quota.ts";
import { unavailable } from "../rest/api_error.ts";
import type { MeetingSummary, NewMeeting } from "./meeting.ts";
import { createMeetingCode } from "./meeting_code.ts";
import type { MeetingStore } from "./meeting_store.ts";

/** What a meeting holds that names no number, where the quota allows it. */
export const DEFAULT_MAX_PARTICIPANTS = 100;
/** Codes tried before giving up; a collision has a chance of meetings / 4·10^13. */
const MAX_CODE_ATTEMPTS = 5;

/** Adds meetings, within what organisations may have. */
export class MeetingCreator {
  readonly #meetings: Pick<MeetingStore, "create" | "find">;
  readonly #quotas: QuotaStore;
  readonly #guestQuotas: Quotas;

  constructor(options: {
    meetings: Pick<MeetingStore, "create" | "find">;
    quotas: QuotaStore;
    /** What the meetings of guests may have. */
    guestQuotas: Quotas;
  }) {
    this.#meetings = options.meetings;
    this.#quotas = options.quotas;
    this.#guestQuotas = options.guestQuotas;
  }

  /**
   * How many a meeting may hold: as wished, or the default.
   *
   * @throws {ApiError} QUOTA_EXCEEDED when the wish is for more than the organisation's quota.
   */
  async maxParticipants(
    organisationId: string | null,
    wished: number | undefined,
  ): Promise<number> {
    const { maxParticipants: limit } = organisationId === null
      ? this.#guestQuotas
      : await this.#quotas.quotasOf(organisationId);
    if (wished !== undefined && wished > limit) throw quotaExceeded("participants", limit);
    return wished ?? Math.min(DEFAULT_MAX_PARTICIPANTS, limit);
  }

  /**
   * Stores a meeting under a free code.
   *
   * @returns undefined when its room has an open meeting already.
   * @throws {ApiError} QUOTA_EXCEEDED, SERVICE_UNAVAILABLE
   */
  async create(meeting: Omit<NewMeeting, "code">): Promise<MeetingSummary | undefined> {
    const { organisationId } = meeting.owner;
    for (let attempt = 0; attempt < MAX_CODE_ATTEMPTS; attempt++) {
      const code = createMeetingCode();
      const created = await this.#meetings.create({ ...meeting, code });
      if (created) return created;
      await this.#quotas.assertWithinQuota(organisationId, "open_meetings");
      const { roomId } = meeting;
      if (roomId !== null && await this.#meetings.find({ roomId })) return undefined;
    }
    throw unavailable("no free meeting code was found");
  }
}

import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby } from "../lobby/lobby.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { Participant } from "../participant/participant.ts";
import { banOf, type Bans, concerns } from "./bans.ts";
import type { Deeds, Plan } from "./deeds.ts";
import { objectionTo } from "./permissions.ts";
import { asSubject, findSubject } from "./subjects.ts";

/**
 * Disconnects the participant, here and at the media handler, and lets nobody in with the
 * participant's tokens any more; resolves once the media handler knows. `Meeting.eject` fits.
 */
export type Eject = (participantId: string, reason: string, code: CloseCode) => Promise<void>;

/** How hosts and co-hosts put others out of the meeting. */
export class Removal {
  constructor(
    private readonly context: MeetingContext,
    private readonly parts: {
      readonly deeds: Deeds;
      readonly bans: Bans;
      readonly lobby: Lobby;
      readonly eject: Eject;
    },
  ) {}

  /**
   * Puts somebody out; with a ban for good, as whichever participant.
   *
   * @throws {Refusal} FORBIDDEN, NOT_FOUND, UNAVAILABLE, CAPACITY_EXCEEDED.
   */
  async remove(
    actor: Participant,
    participantId: string,
    options: { readonly ban: boolean },
  ): Promise<void> {
    const { deeds, eject } = this.parts;
    await deeds.run(actor, () => {
      const deed = options.ban ? "ban" : "remove";
      const subject = findSubject(this.context, actor, deed, participantId);
      if (options.ban) return this.#planBan(actor, subject);
      return {
        deeds: [{ deed: { action: "remove" }, subject: asSubject(subject) }],
        // Also who left meanwhile: no token of theirs is good any more.
        apply: () => eject(subject.id, "removed by a moderator", CloseCode.REMOVED),
      };
    });
  }

  #planBan(actor: Participant, subject: Participant): Plan {
    const { bans, lobby, eject } = this.parts;
    const ban = banOf(subject.identity, subject.name);
    if (concerns(ban, actor.identity)) {
      throw new Refusal(ErrorCode.FORBIDDEN, "the ban would be one's own, too");
    }
    bans.checkRoom();
    const reason = "banned by a moderator";
    return {
      deeds: [{ deed: { action: "ban", ban }, subject: asSubject(subject) }],
      apply: async () => {
        bans.add(ban);
        lobby.dismiss((identity) => concerns(ban, identity), CloseCode.BANNED, reason);
        const banned = new Set([subject.id, ...this.#sharing(actor, ban)]);
        await Promise.all([...banned].map((id) => eject(id, reason, CloseCode.BANNED)));
      },
    };
  }

  /** Whoever else is the same person, also away, but for those whom the actor may not ban. */
  #sharing(actor: Participant, ban: Parameters<typeof concerns>[0]): string[] {
    return this.context.roster.sessions()
      .filter(({ id, identity, role }) =>
        id !== actor.id && concerns(ban, identity) &&
        objectionTo(actor.role, "ban", { role, isActor: false }) === undefined
      )
      .map(({ id }) => id);
  }
}

import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby } from "../lobby/lobby.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Participant, Role } from "../participant/participant.ts";
import type { Deeds } from "./deeds.ts";
import type { GivenRoles } from "./given_roles.ts";
import { objectionToRole } from "./permissions.ts";
import { asSubject, findParticipant, refuse } from "./subjects.ts";

/** How hosts and co-hosts change the roles of people in the meeting. */
export class RoleChanges {
  constructor(
    private readonly context: MeetingContext,
    private readonly parts: {
      readonly deeds: Deeds;
      readonly roles: GivenRoles;
      readonly lobby: Lobby;
    },
  ) {}

  /**
   * Gives somebody a role, also for when the person comes back. Who is here with the same account
   * a second time has it there, too.
   *
   * @throws {Refusal} FORBIDDEN, also when no host would be left; NOT_FOUND, UNAVAILABLE.
   */
  async change(actor: Participant, participantId: string, role: Role): Promise<void> {
    const { deeds, roles } = this.parts;
    await deeds.run(actor, () => {
      const subject = findParticipant(this.context, participantId);
      const isActor = subject.id === actor.id;
      refuse(objectionToRole(actor.role, { role: subject.role, isActor }, role));
      const concerned = this.#sameAs(subject);
      if (concerned.every((one) => one.role === role)) return undefined;
      this.#checkHostRemains(concerned, role);
      const given = { participantId, userId: subject.identity.userId, role };
      return {
        deeds: [{ deed: { action: "change_role", given }, subject: asSubject(subject) }],
        apply: () => {
          roles.give(given);
          for (const one of this.#sameAs(subject)) this.#set(one, role);
        },
      };
    });
  }

  #set(participant: Participant, role: Role): void {
    if (participant.role === role) return;
    const moderated = participant.isModerator;
    participant.role = role;
    if (participant.isAway) return this.context.save(participant);
    this.context.announce(participant);
    if (participant.isModerator !== moderated) this.parts.lobby.tellWhoWaits(participant);
  }

  #checkHostRemains(changed: readonly Participant[], role: Role): void {
    if (role === "host" || changed.every((one) => one.role !== "host")) return;
    for (const one of this.context.roster.participants()) {
      if (one.role === "host" && !changed.includes(one)) return;
    }
    throw new Refusal(ErrorCode.FORBIDDEN, "the last host stays one; make another host before");
  }

  /** The participant, and whoever else came in with the same account; also those away. */
  #sameAs({ id, identity: { userId } }: Participant): Participant[] {
    return this.context.roster.sessions().filter((one) =>
      one.id === id || (userId !== "" && one.identity.userId === userId)
    );
  }
}

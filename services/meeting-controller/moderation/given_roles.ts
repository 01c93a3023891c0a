import type { GivenRole } from "../facts/meeting_facts.ts";
import type { Identity, Role } from "../participant/participant.ts";

/**
 * Roles that were given in the meeting, which go before those of the join tokens: to a participant,
 * and to the person's account in whichever participant comes next.
 */
export class GivenRoles {
  readonly #ofParticipants = new Map<string, Role>();
  readonly #ofUsers = new Map<string, Role>();

  /** @param known those that the facts tell of. */
  constructor(known: readonly GivenRole[]) {
    for (const given of known) this.give(given);
  }

  /** Takes a role that is recorded. */
  give({ participantId, userId, role }: GivenRole): void {
    this.#ofParticipants.set(participantId, role);
    if (userId !== "") this.#ofUsers.set(userId, role);
  }

  /** The role with which somebody comes in. */
  roleOf(
    { participantId, userId, role }: Pick<Identity, "participantId" | "userId" | "role">,
  ): Role {
    return this.#ofUsers.get(userId) ?? this.#ofParticipants.get(participantId) ?? role;
  }
}

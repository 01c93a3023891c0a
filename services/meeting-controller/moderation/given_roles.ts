import type { GivenRole } from "../facts/meeting_facts.ts";
import type { Identity, Role } from "../participant/participant.ts";

/**
 * Roles that were given in the meeting, which go before those of the join tokens: to a participant,
 * and to the person's account in whichever participant comes next.
 */
export class GivenRoles {
  readonly #ofParticipants = new Map<string, Role>();
  readonly #ofUsers = new Map<string, Role>();

  #changes = 0;

  /** @param known those that the facts tell of. */
  constructor(known: readonly GivenRole[]) {
    for (const given of known) this.#take(given);
  }

  /** How often one was given: what was read before the last time may lack it. */
  get changes(): number {
    return this.#changes;
  }

  /** Those that the facts tell of now, and no others. */
  replace(known: readonly GivenRole[]): void {
    this.#ofParticipants.clear();
    this.#ofUsers.clear();
    for (const given of known) this.#take(given);
  }

  /** Takes a role that is recorded. */
  give(given: GivenRole): void {
    this.#changes++;
    this.#take(given);
  }

  /** The role with which somebody comes in. */
  roleOf(
    { participantId, userId, role }: Pick<Identity, "participantId" | "userId" | "role">,
  ): Role {
    return this.#ofUsers.get(userId) ?? this.#ofParticipants.get(participantId) ?? role;
  }

  #take({ participantId, userId, role }: GivenRole): void {
    this.#ofParticipants.set(participantId, role);
    if (userId !== "") this.#ofUsers.set(userId, role);
  }
}

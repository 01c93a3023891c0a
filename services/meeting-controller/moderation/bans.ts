import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Ban } from "../facts/meeting_facts.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Identity } from "../participant/participant.ts";

/** Most bans of one meeting. */
export const MAX_BANS = 1_000;

/** What of an identity bans go by. */
export type BannableIdentity = Pick<
  Identity,
  "participantId" | "userId" | "userReference" | "guestId" | "network"
>;

/** Who does not come back to a meeting, by whatever the person can be known by. */
export class Bans {
  readonly #participantIds = new Set<string>();
  readonly #userIds = new Set<string>();
  readonly #userReferences = new Set<string>();
  readonly #guestIds = new Set<string>();
  readonly #networks = new Set<string>();
  #changes = 0;

  /** @param known those that the facts tell of. */
  constructor(known: readonly Ban[]) {
    for (const ban of known) this.#take(ban);
  }

  /** @throws {Refusal} CAPACITY_EXCEEDED. */
  checkRoom(): void {
    if (this.#participantIds.size < MAX_BANS) return;
    throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, `${MAX_BANS} are banned already`);
  }

  /** Takes a ban that is recorded; the same one again changes nothing. */
  add(ban: Ban): void {
    this.#changes++;
    this.#take(ban);
  }

  /** How often one was added: what was read before the last time may lack it. */
  get changes(): number {
    return this.#changes;
  }

  /** Those that the facts tell of now, and no others. */
  replace(known: readonly Ban[]): void {
    const sets = [
      this.#participantIds,
      this.#userIds,
      this.#userReferences,
      this.#guestIds,
      this.#networks,
    ];
    for (const set of sets) set.clear();
    for (const ban of known) this.#take(ban);
  }

  /** Whether the person is banned, as whichever participant. */
  has({ participantId, userId, userReference, guestId }: BannableIdentity): boolean {
    return this.#participantIds.has(participantId) || this.#userIds.has(userId) ||
      this.#userReferences.has(userReference) || this.#guestIds.has(guestId);
  }

  /** Whether a banned guest came from that network: guests from there have to be admitted. */
  hasNetworkOf({ network }: BannableIdentity): boolean {
    return this.#networks.has(network);
  }

  #take({ participantId, userId, userReference, guestId, network }: Ban): void {
    // Empty means unknown, and must not ban everybody else of whom it is unknown.
    if (participantId !== "") this.#participantIds.add(participantId);
    if (userId !== "") this.#userIds.add(userId);
    if (userReference !== "") this.#userReferences.add(userReference);
    if (guestId !== "") this.#guestIds.add(guestId);
    if (network !== "") this.#networks.add(network);
  }
}

/** The ban of somebody who is in the meeting. */
export function banOf(identity: BannableIdentity, participantName: string): Ban {
  const { participantId, userId, userReference, guestId, network } = identity;
  return { participantId, participantName, userId, userReference, guestId, network };
}

/** Whether the ban and the identity are of the same person. */
export function concerns(ban: Ban, identity: BannableIdentity): boolean {
  return ban.participantId === identity.participantId || isSame(ban.userId, identity.userId) ||
    isSame(ban.userReference, identity.userReference) || isSame(ban.guestId, identity.guestId);
}

/** Two that are empty are both unknown, not the same. */
function isSame(one: string, other: string): boolean {
  return one !== "" && one === other;
}

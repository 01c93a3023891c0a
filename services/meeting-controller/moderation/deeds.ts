import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { ModerationAction, ModerationDeed } from "../facts/meeting_facts.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Participant } from "../participant/participant.ts";
import { checkModerates } from "./subjects.ts";
import { UnsureActions } from "./unsure_actions.ts";

/** Most deeds of one meeting that wait until those before them are recorded. */
export const MAX_WAITING_DEEDS = 100;

/** One deed, and to whom; no subject: to the meeting or everyone in it. */
export interface PlannedDeed {
  readonly deed: ModerationDeed;
  readonly subject?: { readonly participantId: string; readonly name: string };
}

/** What is to be done once it is recorded. */
export interface Plan {
  readonly deeds: readonly PlannedDeed[];
  /**
   * Does it, to those who are still there. What it returns is waited for by who asked, not by the
   * deeds after it.
   */
  readonly apply: () => Promise<void> | void;
}

/**
 * Does what moderators ask, one after the other: two that contradict each other (two hosts who
 * demote each other) are each checked against what the other one left.
 */
export class Deeds {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  readonly #unsure: UnsureActions;

  constructor(private readonly context: MeetingContext) {
    this.#unsure = new UnsureActions(context.clock);
  }

  /**
   * Checks, records for good, then does. Resolves when it is done.
   *
   * @param plan checks whether the actor may do it, when its turn has come; undefined: nothing is
   * to be done. What it throws goes to who asked.
   * @throws {Refusal} FORBIDDEN at once for who moderates nothing, who would keep those waiting who
   * do; UNAVAILABLE when it cannot be recorded, or too many wait.
   */
  async run(actor: Participant, plan: () => Plan | undefined): Promise<void> {
    checkModerates(actor);
    if (this.#waiting >= MAX_WAITING_DEEDS) {
      throw new Refusal(ErrorCode.UNAVAILABLE, "too many moderate at once; try again");
    }
    this.#waiting++;
    const before = this.#last;
    const { promise, resolve: letNextGo } = Promise.withResolvers<void>();
    this.#last = promise;
    let applied: { readonly done: Promise<void> | void };
    try {
      await before;
      const planned = await this.#decideAndRecord(actor, plan);
      applied = { done: planned?.apply() };
    } finally {
      this.#waiting--;
      letNextGo();
    }
    await applied.done;
  }

  async #decideAndRecord(
    actor: Participant,
    plan: () => Plan | undefined,
  ): Promise<Plan | undefined> {
    if (this.context.roster.find(actor.id) === undefined) {
      throw new Refusal(ErrorCode.NOT_FOUND, "the participant is not in the meeting any more");
    }
    const planned = plan();
    if (planned === undefined) return undefined;
    await this.#record(actor, planned.deeds);
    for (const { deed, subject } of planned.deeds) {
      this.context.log.info("moderation", {
        action: deed.action,
        actor: actor.id,
        subject: subject?.participantId ?? "",
        detail: detailOf(deed),
      });
    }
    return planned;
  }

  async #record(actor: Participant, deeds: readonly PlannedDeed[]): Promise<void> {
    const what = JSON.stringify([actor.id, deeds]);
    const actions = this.#unsure.find(what) ?? actionsOf(actor, deeds);
    try {
      await this.context.record(actions);
    } catch (error) {
      this.#unsure.add(what, actions);
      throw error;
    }
    this.#unsure.remove(what);
  }
}

function actionsOf(actor: Participant, deeds: readonly PlannedDeed[]): ModerationAction[] {
  const { id: participantId, name, identity: { userId } } = actor;
  return deeds.map(({ deed, subject }) => ({
    actionId: crypto.randomUUID(),
    actor: { participantId, name, userId },
    subject,
    deed,
  }));
}

/** What more there is to tell: the kind of a stream, or a role. */
function detailOf(deed: ModerationDeed): string {
  if (deed.action === "change_role") return deed.given.role;
  return "detail" in deed ? deed.detail : "";
}

import type { MeetingActions } from "../../../core/meeting/meeting_actions.ts";
import {
  isModerator,
  type Knock,
  type MeetingRole,
  type MeetingState,
} from "../../../core/meeting/meeting_state.ts";
import type { Act } from "../ui/media_engine.ts";
import type { PersonAction } from "./permissions.ts";
import { handQueue, peopleOf, type Person, type SelfInMeeting } from "./roster.ts";

/** The meeting, as the list of its people needs it. */
export interface PeopleMeeting {
  readonly state: MeetingState | undefined;
  readonly self: SelfInMeeting;
  readonly act: Act;
  announce(news: { readonly what: "hand-lowered" }): void;
}

const NOBODY: readonly Knock[] = [];

/** Who is in a meeting, what they want, and what this person may do about them. */
export class MeetingPeople {
  readonly #meeting: PeopleMeeting;
  readonly #all = $derived.by(() => peopleOf(this.#meeting.state, this.#meeting.self));
  readonly #byId = $derived(new Map(this.#all.map((person) => [person.id, person])));
  readonly #hands = $derived(handQueue(this.#all));
  /** Knocks for which somebody said "not now". */
  #dismissed = $state.raw<ReadonlySet<string>>(new Set());
  #lowersOwnHand = false;

  constructor(meeting: PeopleMeeting) {
    this.#meeting = meeting;
  }

  /** Oneself, then who moderates, then the others in the order in which they came. */
  get all(): readonly Person[] {
    return this.#all;
  }

  get(participantId: string): Person | undefined {
    return this.#byId.get(participantId);
  }

  /** Raised hands, the first one first. */
  get hands(): readonly Person[] {
    return this.#hands;
  }

  /** Place of somebody's hand, from 1; undefined while it is down. */
  handPlace(participantId: string): number | undefined {
    const index = this.#hands.findIndex(({ id }) => id === participantId);
    return index < 0 ? undefined : index + 1;
  }

  get role(): MeetingRole {
    return this.#meeting.state?.role ?? "participant";
  }

  get moderates(): boolean {
    return isModerator(this.role);
  }

  get locked(): boolean {
    return this.#meeting.state?.locked ?? false;
  }

  get lobbyEnabled(): boolean {
    return this.#meeting.state?.lobbyEnabled ?? false;
  }

  /** Who waits in the lobby, the longest waiting first. */
  get knocks(): readonly Knock[] {
    return this.#meeting.state?.knocks ?? NOBODY;
  }

  /** Those who wait and for whom nobody here said "not now". */
  get newKnocks(): readonly Knock[] {
    return this.knocks.filter(({ participantId }) => !this.#dismissed.has(participantId));
  }

  /** Does not ask again about those who wait now. */
  dismissKnocks(): void {
    this.#dismissed = new Set(this.knocks.map(({ participantId }) => participantId));
  }

  get handUp(): boolean {
    return (this.#meeting.state?.handRaised ?? 0) > 0;
  }

  async toggleHand(): Promise<void> {
    const raised = !this.handUp;
    this.#lowersOwnHand = !raised;
    const done = await this.#meeting.act("raiseHand", raised);
    if (!done) this.#lowersOwnHand = false;
  }

  /** Does what a menu offers about somebody. */
  async moderate(action: PersonAction, person: Person): Promise<void> {
    const { act } = this.#meeting;
    switch (action) {
      case "ask-to-unmute":
        return void await act("askToUnmute", person.id, "audio");
      case "mute-microphone":
        return void await act("mute", "audio", person.id);
      case "turn-camera-off":
        return void await act("mute", "camera", person.id);
      case "stop-share":
        return void await Promise.all(person.shares.map((id) => act("stopStream", id)));
      case "lower-hand":
        return void await act("lowerHand", person.id);
      case "make-host":
        return void await act("changeRole", person.id, "host");
      case "make-co-host":
        return void await act("changeRole", person.id, "co-host");
      case "make-participant":
        return void await act("changeRole", person.id, "participant");
      case "remove":
        return void await act("remove", person.id, { ban: false });
      case "ban":
        return void await act("remove", person.id, { ban: true });
    }
  }

  /** Does what concerns the meeting or all of its people. */
  async do<Name extends keyof MeetingActions>(
    name: Name,
    ...args: Parameters<MeetingActions[Name]>
  ): Promise<void> {
    await this.#meeting.act(name, ...args);
  }

  /** Takes the newest snapshot. */
  follow(before: MeetingState | undefined, after: MeetingState): void {
    if (!before || before.handRaised === 0 || after.handRaised > 0) return;
    if (before.participantId !== after.participantId) return;
    if (!this.#lowersOwnHand && after.phase === "joined") {
      this.#meeting.announce({ what: "hand-lowered" });
    }
    this.#lowersOwnHand = false;
  }

  /** The meeting is over for this person. */
  reset(): void {
    this.#dismissed = new Set();
    this.#lowersOwnHand = false;
  }
}

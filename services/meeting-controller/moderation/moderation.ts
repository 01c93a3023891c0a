import type { ChangeMeeting } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby } from "../lobby/lobby.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { invalid } from "../meeting/refusal.ts";
import type { Participant } from "../participant/participant.ts";
import type { Hands } from "../talk/hands.ts";
import type { Bans } from "./bans.ts";
import type { Deeds, PlannedDeed } from "./deeds.ts";
import type { GivenRoles } from "./given_roles.ts";
import { type Eject, Removal } from "./removal.ts";
import { RoleChanges } from "./role_changes.ts";
import { type ModeratedStreams, StreamModeration } from "./stream_moderation.ts";
import { asSubject, checkMeetingDeed, findSubject, stillHere } from "./subjects.ts";

/** What moderation acts on. */
export interface ModerationParts {
  readonly deeds: Deeds;
  readonly bans: Bans;
  readonly roles: GivenRoles;
  readonly lobby: Lobby;
  readonly hands: Hands;
  readonly streams: ModeratedStreams;
  readonly eject: Eject;
}

/**
 * What hosts and co-hosts do to others and to the meeting. Each deed is checked, recorded for good,
 * done to whom is still there, and told.
 */
export class Moderation {
  readonly streams: StreamModeration;
  readonly removal: Removal;
  readonly roles: RoleChanges;

  constructor(private readonly context: MeetingContext, private readonly parts: ModerationParts) {
    this.streams = new StreamModeration(context, parts.deeds, parts.streams);
    this.removal = new Removal(context, parts);
    this.roles = new RoleChanges(context, parts);
  }

  /** @throws {Refusal} FORBIDDEN, NOT_FOUND, UNAVAILABLE. */
  async lowerHand(actor: Participant, participantId: string): Promise<void> {
    const { deeds, hands } = this.parts;
    await deeds.run(actor, () => {
      const subject = findSubject(this.context, actor, "lower_hand", participantId);
      if (subject.handRaised === 0n) return undefined;
      return {
        deeds: [{ deed: { action: "lower_hand" }, subject: asSubject(subject) }],
        apply: () => stillHere(this.context, [subject]).forEach((one) => hands.lower(one)),
      };
    });
  }

  /** @throws {Refusal} FORBIDDEN, UNAVAILABLE. */
  async lowerAllHands(actor: Participant): Promise<void> {
    const { deeds, hands } = this.parts;
    await deeds.run(actor, () => {
      checkMeetingDeed(actor, "lower_all_hands");
      const raised = hands.raised();
      if (raised.length === 0) return undefined;
      return {
        deeds: [{ deed: { action: "lower_hand" } }],
        apply: () => stillHere(this.context, raised).forEach((one) => hands.lower(one)),
      };
    });
  }

  /**
   * Locks or unlocks the meeting, has a lobby or none.
   *
   * @throws {Refusal} FORBIDDEN, UNAVAILABLE, INVALID_REQUEST.
   */
  async changeMeeting(
    actor: Participant,
    change: Pick<ChangeMeeting, "locked" | "lobbyEnabled">,
  ): Promise<void> {
    if (change.locked === undefined && change.lobbyEnabled === undefined) {
      throw invalid("change_meeting changes nothing");
    }
    await this.parts.deeds.run(actor, () => {
      if (change.locked !== undefined) checkMeetingDeed(actor, "lock");
      if (change.lobbyEnabled !== undefined) checkMeetingDeed(actor, "lobby");
      const before = this.context.settings();
      const { locked = before.locked, lobbyEnabled = before.lobbyEnabled } = change;
      const deeds: PlannedDeed[] = [];
      if (locked !== before.locked) deeds.push({ deed: { action: locked ? "lock" : "unlock" } });
      if (lobbyEnabled !== before.lobbyEnabled) {
        deeds.push({ deed: { action: lobbyEnabled ? "enable_lobby" : "disable_lobby" } });
      }
      if (deeds.length === 0) return undefined;
      return { deeds, apply: () => this.context.changeSettings({ locked, lobbyEnabled }) };
    });
  }

  /**
   * Records that the meeting is over: nobody gets in any more. Who asked ends it for those who are
   * here once the answer is on its way, because the end closes all sessions.
   *
   * @throws {Refusal} FORBIDDEN, UNAVAILABLE.
   */
  async recordEnd(actor: Participant): Promise<void> {
    await this.parts.deeds.run(actor, () => {
      checkMeetingDeed(actor, "end_meeting");
      return { deeds: [{ deed: { action: "end_meeting" } }], apply: () => undefined };
    });
  }
}

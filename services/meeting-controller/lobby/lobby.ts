import { create, toBinary } from "@bufbuild/protobuf";
import {
  ErrorCode,
  type Knock,
  KnockSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Deeds } from "../moderation/deeds.ts";
import { checkMeetingDeed } from "../moderation/subjects.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { Identity, Participant, ParticipantConnection } from "../participant/participant.ts";

/** Most who wait in the lobby of one meeting. */
export const MAX_WAITING = 200;
/**
 * Most of them from one network, so that nobody fills a lobby alone. All whose network is unknown
 * count as of one.
 */
export const MAX_WAITING_OF_NETWORK = MAX_WAITING / 4;
/** How long somebody waits in the lobby at most, milliseconds. */
export const LOBBY_WAIT_LIMIT_MS = 30 * 60 * 1000;
/** How often moderators are told who waits, at most, milliseconds. */
export const LOBBY_NEWS_INTERVAL_MS = 100;
/**
 * Most bytes of knocks in one message, which has a bound: who is further behind in a lobby of long
 * names is told of when those before have been decided about.
 */
export const KNOCKS_LIMIT_BYTES = 48 * 1024;
const FIELD_OVERHEAD_BYTES = 4;

/** Somebody at the door who has to be let in. */
export interface Visitor {
  readonly identity: Identity;
  readonly name: string;
  readonly connection: ParticipantConnection;
  /** Called when somebody let the visitor in; AdmissionDecided is sent already. */
  admitted(): void;
}

interface Waiting {
  readonly visitor: Visitor;
  readonly knock: Knock;
  readonly cancelLimit: () => void;
}

/**
 * Who waits in a meeting's lobby, the longest waiting first. It lives in this process alone:
 * whoever waits where a controller died knocks again.
 */
export class Lobby {
  /** By participant id. */
  readonly #waiting = new Map<string, Waiting>();
  #toldAtMs = -Infinity;
  #cancelNews: (() => void) | undefined;

  constructor(private readonly context: MeetingContext, private readonly deeds: Deeds) {}

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Lets the visitor wait. Somebody who waits already in another session keeps the place, and the
   * older session ends.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED.
   */
  knock(visitor: Visitor): void {
    const { participantId } = visitor.identity;
    const before = this.#waiting.get(participantId);
    if (!this.#hasRoomFor(visitor.identity)) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "too many wait in the lobby; try again later");
    }
    before?.cancelLimit();
    const cancelLimit = this.context.clock.after(
      LOBBY_WAIT_LIMIT_MS,
      () => this.#end(visitor, CloseCode.TIMEOUT, "nobody answered in the lobby"),
    );
    const knock = create(KnockSchema, {
      participantId,
      name: visitor.name,
      since: before?.knock.since ?? BigInt(this.context.clock.wallNow()),
      signedIn: visitor.identity.userId !== "",
    });
    this.#waiting.set(participantId, { visitor, knock, cancelLimit });
    before?.visitor.connection.close(CloseCode.SUPERSEDED, "knocked in another session");
    this.#announce();
  }

  /** The visitor goes away, or its session ended; false when it does not wait (any more). */
  withdraw(visitor: Visitor): boolean {
    const waiting = this.#waiting.get(visitor.identity.participantId);
    if (waiting?.visitor !== visitor) return false;
    waiting.cancelLimit();
    this.#waiting.delete(visitor.identity.participantId);
    this.#announce();
    return true;
  }

  /** Sends those away whom `goes` names. */
  dismiss(goes: (identity: Identity) => boolean, code: CloseCode, reason: string): void {
    for (const { visitor } of [...this.#waiting.values()]) {
      if (goes(visitor.identity)) this.#end(visitor, code, reason);
    }
  }

  /**
   * Lets visitors in, or sends them away.
   *
   * @param participantIds empty: everyone who waits.
   * @throws {Refusal} FORBIDDEN, NOT_FOUND when none of those waits (any more), UNAVAILABLE,
   * CAPACITY_EXCEEDED for too many ids, INVALID_REQUEST.
   */
  async decide(
    moderator: Participant,
    participantIds: readonly string[],
    admit: boolean,
  ): Promise<void> {
    const ids = readVisitorIds(participantIds);
    await this.deeds.run(moderator, () => {
      checkMeetingDeed(moderator, "decide_admission");
      const decided = this.#chosen(ids);
      if (decided.length === 0) return undefined;
      return {
        deeds: decided.map(({ knock: { participantId, name } }) => ({
          deed: { action: admit ? "admit" : "deny" },
          subject: { participantId, name },
        })),
        apply: () => {
          for (const { visitor } of decided) {
            if (admit) this.#admit(visitor);
            else this.#end(visitor, CloseCode.DENIED, "a host did not let you in");
          }
        },
      };
    });
  }

  /** Those who wait, as many as a message has room for. */
  knocks(): Knock[] {
    const knocks: Knock[] = [];
    let bytes = 0;
    for (const { knock } of this.#waiting.values()) {
      bytes += toBinary(KnockSchema, knock).length + FIELD_OVERHEAD_BYTES;
      if (bytes > KNOCKS_LIMIT_BYTES) break;
      knocks.push(knock);
    }
    return knocks;
  }

  /** Somebody is a moderator now, or no more, or is back: told who waits, or that nobody does. */
  tellWhoWaits(participant: Participant): void {
    const knocks = participant.isModerator ? this.knocks() : [];
    this.context.tell(participant, { case: "lobbyUpdated", value: { knocks } });
  }

  /** The meeting ends, or goes on elsewhere: everyone who waits is sent away. */
  close(code: CloseCode, reason: string): void {
    this.dismiss(() => true, code, reason);
    this.#cancelNews?.();
    this.#cancelNews = undefined;
  }

  /** Whether one more may wait, or one who waits already come from that network. */
  #hasRoomFor({ participantId, network }: Identity): boolean {
    const others = [...this.#waiting.values()].map(({ visitor }) => visitor.identity)
      .filter((one) => one.participantId !== participantId);
    if (others.length >= MAX_WAITING) return false;
    return others.filter((one) => one.network === network).length < MAX_WAITING_OF_NETWORK;
  }

  #chosen(ids: ReadonlySet<string>): Waiting[] {
    if (ids.size === 0) return [...this.#waiting.values()];
    const chosen = [...ids].flatMap((id) => this.#waiting.get(id) ?? []);
    if (chosen.length === 0) throw new Refusal(ErrorCode.NOT_FOUND, "nobody of that id waits");
    return chosen;
  }

  #admit(visitor: Visitor): void {
    if (!this.withdraw(visitor)) return;
    visitor.admitted();
    this.context.tell(visitor, { case: "admissionDecided", value: {} });
  }

  #end(visitor: Visitor, code: CloseCode, reason: string): void {
    if (this.withdraw(visitor)) visitor.connection.close(code, reason);
  }

  /** Tells moderators soon, and not for each of many changes. */
  #announce(): void {
    if (this.#cancelNews !== undefined) return;
    const { clock } = this.context;
    const waitMs = this.#toldAtMs + LOBBY_NEWS_INTERVAL_MS - clock.now();
    if (waitMs <= 0) return this.#tellModerators();
    this.#cancelNews = clock.after(waitMs, () => {
      this.#cancelNews = undefined;
      this.#tellModerators();
    });
  }

  #tellModerators(): void {
    this.#toldAtMs = this.context.clock.now();
    const moderators = [...this.context.roster.participants()].filter((one) => one.isModerator);
    if (moderators.length === 0) return;
    const knocks = this.knocks();
    for (const moderator of moderators) {
      this.context.tell(moderator, { case: "lobbyUpdated", value: { knocks } });
    }
  }
}

/** @throws {Refusal} INVALID_REQUEST, CAPACITY_EXCEEDED. */
function readVisitorIds(participantIds: readonly string[]): ReadonlySet<string> {
  if (participantIds.length > MAX_WAITING) {
    throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, `more than ${MAX_WAITING} participant_ids`);
  }
  return new Set(participantIds.map((id) => readUuidField("participant_ids", id)));
}

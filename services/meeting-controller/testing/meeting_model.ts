import {
  ErrorCode,
  type StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { UNMUTE_REQUEST_INTERVAL_MS } from "../moderation/unmute_requests.ts";
import { type Role, WIRE_ROLES } from "../participant/participant.ts";
import { MAX_POLLS } from "../talk/polls.ts";
import type { SeenMute, SeenPerson, SeenPoll } from "./observed_meeting.ts";

/** What becomes of a request: an error, or undefined when it is done. */
export type Outcome = ErrorCode | undefined;

/** Who comes to modelled meetings: what their join tokens say. */
export const PEOPLE: readonly {
  readonly role: Role;
  readonly userId?: string;
  readonly guestId?: string;
  readonly network?: string;
}[] = [
  { role: "host", userId: crypto.randomUUID() },
  { role: "co_host", userId: crypto.randomUUID() },
  { role: "participant", userId: crypto.randomUUID() },
  { role: "participant", guestId: "guest-3", network: "network-1" },
  { role: "participant", guestId: "guest-4", network: "network-1" },
];

/** Somebody in the meeting. */
export interface ModelPerson {
  /** Which of {@link PEOPLE}. */
  readonly who: number;
  readonly id: string;
  role: Role;
  isConnected: boolean;
  readonly streams: Map<string, { readonly type: StreamType; mute: SeenMute }>;
  /** The newest message when the person joined. */
  readonly joinedAfter: number;
  reactions: number;
  /** Who asked the person to unmute. */
  readonly asked: string[];
}

/**
 * What a meeting has to be after each thing that its people do: the rules once more, in the
 * simplest way that can be thought of. Every method returns what is answered.
 */
export class MeetingModel {
  here: ModelPerson[] = [];
  /** Who waits in the lobby, in order. */
  waiting: { readonly who: number; readonly id: string }[] = [];
  /** Whose hands are up, in order. */
  hands: string[] = [];
  readonly messages: { readonly number: number; readonly from: string; readonly to: string }[] = [];
  readonly polls: Record<string, SeenPoll> = {};
  /** Actions and their subjects, as they have to be recorded. */
  readonly recorded: string[] = [];
  locked = false;
  lobbyEnabled = false;
  ended = false;
  readonly #givenRoles = new Map<number, Role>();
  readonly #banned = new Set<number>();
  readonly #bannedNetworks = new Set<string>();
  readonly #askedAtMs = new Map<string, number>();

  /** Somebody of {@link PEOPLE}, if in the meeting. */
  person(who: number): ModelPerson | undefined {
    return this.here.find((one) => one.who === who);
  }

  join(who: number, id: string): Outcome | "waiting" {
    const { guestId, network } = PEOPLE[who]!;
    const role = this.#givenRoles.get(who) ?? PEOPLE[who]!.role;
    if (this.#banned.has(who)) return ErrorCode.FORBIDDEN;
    if (this.locked && role !== "host") return ErrorCode.FORBIDDEN;
    const isSuspect = guestId !== undefined && this.#bannedNetworks.has(network ?? "");
    if (role === "participant" && (this.lobbyEnabled || isSuspect)) {
      this.waiting.push({ who, id });
      return "waiting";
    }
    this.#enter(who, id);
  }

  /** Leaves the meeting, or the lobby. */
  leave(id: string): void {
    this.here = this.here.filter((one) => one.id !== id);
    this.waiting = this.waiting.filter((one) => one.id !== id);
    this.#lower(id);
  }

  publish(person: ModelPerson, streamId: string, type: StreamType): Outcome {
    person.streams.set(streamId, { type, mute: "open" });
    return undefined;
  }

  unpublish(person: ModelPerson, streamId: string): Outcome {
    person.streams.delete(streamId);
    return undefined;
  }

  update(person: ModelPerson, streamId: string, muted: boolean): Outcome {
    const stream = person.streams.get(streamId)!;
    if (!muted) stream.mute = "open";
    else if (stream.mute === "open") stream.mute = "muted";
    return undefined;
  }

  setHand({ id }: ModelPerson, raised: boolean): Outcome {
    if (!raised) this.#lower(id);
    else if (!this.hands.includes(id)) this.hands.push(id);
    return undefined;
  }

  /** @param to empty: everyone. */
  say({ id }: ModelPerson, to: string): Outcome {
    if (to !== "" && this.#find(to) === undefined) return ErrorCode.NOT_FOUND;
    this.messages.push({ number: this.messages.length + 1, from: id, to });
  }

  react(): Outcome {
    for (const person of this.here) if (person.isConnected) person.reactions++;
    return undefined;
  }

  openPoll({ role }: ModelPerson, pollId: string): Outcome {
    if (role === "participant") return ErrorCode.FORBIDDEN;
    if (Object.keys(this.polls).length >= MAX_POLLS) throw new Error("more polls than modelled");
    this.polls[pollId] = { closed: false, votes: {} };
  }

  vote({ id }: ModelPerson, pollId: string, option: number): Outcome {
    const poll = this.polls[pollId]!;
    if (poll.closed) return ErrorCode.CONFLICT;
    poll.votes[id] = option;
  }

  closePoll({ role }: ModelPerson, pollId: string): Outcome {
    if (role === "participant") return ErrorCode.FORBIDDEN;
    this.polls[pollId]!.closed = true;
  }

  mute(actor: ModelPerson, id: string, type: StreamType): Outcome {
    const refused = this.#refusal(actor, id, "others only");
    if (refused !== undefined) return refused;
    if (this.#silence([this.#find(id)!], type)) this.#record("mute", id);
  }

  muteAll(actor: ModelPerson, type: StreamType): Outcome {
    if (actor.role === "participant") return ErrorCode.FORBIDDEN;
    const meant = this.here.filter((one) => one.role === "participant");
    if (this.#silence(meant, type)) this.#record("mute");
  }

  ask(actor: ModelPerson, id: string, nowMs: number): Outcome {
    const refused = this.#refusal(actor, id, "others only");
    if (refused !== undefined) return refused;
    const pair = `${actor.id} ${id}`;
    const before = this.#askedAtMs.get(pair) ?? -Infinity;
    if (nowMs - before < UNMUTE_REQUEST_INTERVAL_MS) return ErrorCode.RATE_LIMITED;
    this.#askedAtMs.set(pair, nowMs);
    const subject = this.#find(id)!;
    if (subject.isConnected) subject.asked.push(actor.id);
  }

  stopStream(actor: ModelPerson, streamId: string): Outcome {
    if (actor.role === "participant") return ErrorCode.FORBIDDEN;
    const publisher = this.here.find(({ streams }) => streams.has(streamId));
    if (publisher === undefined) return ErrorCode.NOT_FOUND;
    const refused = this.#refusal(actor, publisher.id, "others only");
    if (refused !== undefined) return refused;
    publisher.streams.delete(streamId);
    this.#record("stop_stream", publisher.id);
  }

  lowerHand(actor: ModelPerson, id: string): Outcome {
    const refused = this.#refusal(actor, id, "oneself, too");
    if (refused !== undefined) return refused;
    if (this.hands.includes(id)) this.#record("lower_hand", id);
    this.#lower(id);
  }

  lowerAllHands(actor: ModelPerson): Outcome {
    if (actor.role === "participant") return ErrorCode.FORBIDDEN;
    if (this.hands.length > 0) this.#record("lower_hand");
    this.hands = [];
  }

  remove(actor: ModelPerson, id: string, ban: boolean): Outcome {
    const refused = this.#refusal(actor, id, "others only");
    if (refused !== undefined) return refused;
    const { who } = this.#find(id)!;
    this.leave(id);
    this.#record(ban ? "ban" : "remove", id);
    if (!ban) return;
    this.#banned.add(who);
    const { network } = PEOPLE[who]!;
    if (network !== undefined) this.#bannedNetworks.add(network);
  }

  changeRole(actor: ModelPerson, id: string, role: Role): Outcome {
    if (actor.role === "participant") return ErrorCode.FORBIDDEN;
    const subject = this.#find(id);
    if (subject === undefined) return ErrorCode.NOT_FOUND;
    const concernsHosts = subject.role === "host" || role === "host";
    if (actor.role === "co_host" && concernsHosts) return ErrorCode.FORBIDDEN;
    if (subject.role === role) return;
    const hosts = this.here.filter((one) => one.role === "host");
    if (subject.role === "host" && hosts.length === 1) return ErrorCode.FORBIDDEN;
    subject.role = role;
    this.#record("change_role", id);
    if (PEOPLE[subject.who]!.userId !== undefined) this.#givenRoles.set(subject.who, role);
  }

  changeMeeting(
    { role }: ModelPerson,
    { locked = this.locked, lobbyEnabled = this.lobbyEnabled }: {
      readonly locked: boolean | undefined;
      readonly lobbyEnabled: boolean | undefined;
    },
  ): Outcome {
    if (role === "participant") return ErrorCode.FORBIDDEN;
    if (locked !== this.locked) this.#record(locked ? "lock" : "unlock");
    if (lobbyEnabled !== this.lobbyEnabled) {
      this.#record(lobbyEnabled ? "enable_lobby" : "disable_lobby");
    }
    this.locked = locked;
    this.lobbyEnabled = lobbyEnabled;
  }

  /** @param id undefined: everyone who waits. */
  decide({ role }: ModelPerson, id: string | undefined, admit: boolean): Outcome {
    if (role === "participant") return ErrorCode.FORBIDDEN;
    const decided = this.waiting.filter((one) => id === undefined || one.id === id);
    if (id !== undefined && decided.length === 0) return ErrorCode.NOT_FOUND;
    for (const visitor of decided) {
      this.waiting = this.waiting.filter((one) => one !== visitor);
      this.#record(admit ? "admit" : "deny", visitor.id);
      if (admit) this.#enter(visitor.who, visitor.id);
    }
  }

  end({ role }: ModelPerson): Outcome {
    if (role !== "host") return ErrorCode.FORBIDDEN;
    this.#record("end_meeting");
    this.ended = true;
    this.here = [];
    this.waiting = [];
  }

  /** Everyone as each of them has to see it. */
  seenPeople(): Record<string, SeenPerson> {
    return Object.fromEntries(this.here.map(({ id, role, streams }) => [id, {
      role: WIRE_ROLES[role],
      hasHandUp: this.hands.includes(id),
      streams: Object.fromEntries([...streams].map(([streamId, { mute }]) => [streamId, mute])),
    }]));
  }

  /** The numbers of the messages that the person has to have. */
  seenMessages({ id, joinedAfter }: ModelPerson): number[] {
    return this.messages.filter(({ number }) => number > joinedAfter)
      .filter(({ from, to }) => to === "" || to === id || from === id)
      .map(({ number }) => number);
  }

  #enter(who: number, id: string): void {
    this.here.push({
      who,
      id,
      role: this.#givenRoles.get(who) ?? PEOPLE[who]!.role,
      isConnected: true,
      streams: new Map(),
      joinedAfter: this.messages.length,
      reactions: 0,
      asked: [],
    });
  }

  #find(id: string): ModelPerson | undefined {
    return this.here.find((one) => one.id === id);
  }

  #lower(id: string): void {
    this.hands = this.hands.filter((one) => one !== id);
  }

  #refusal(actor: ModelPerson, id: string, reach: "others only" | "oneself, too"): Outcome {
    if (actor.role === "participant") return ErrorCode.FORBIDDEN;
    const subject = this.#find(id);
    if (subject === undefined) return ErrorCode.NOT_FOUND;
    if (subject === actor) return reach === "others only" ? ErrorCode.FORBIDDEN : undefined;
    return subject.role === "host" && actor.role !== "host" ? ErrorCode.FORBIDDEN : undefined;
  }

  #silence(people: readonly ModelPerson[], type: StreamType): boolean {
    const streams = people.flatMap((person) => [...person.streams.values()])
      .filter((stream) => stream.type === type && stream.mute !== "muted by a moderator");
    for (const stream of streams) stream.mute = "muted by a moderator";
    return streams.length > 0;
  }

  #record(action: string, subject = ""): void {
    this.recorded.push(`${action} ${subject}`.trim());
  }
}

import assert from "node:assert/strict";
import { seededRandom } from "../../../proto/congestion/testing/random.ts";
import type { Role } from "../participant/participant.ts";
import { CloseCode } from "../participant/close_code.ts";
import { SESSION_LIFETIME_MS } from "../presence/presence.ts";
import { MESSAGE_COMPLETION_LIMIT_MS } from "../session/message_stream.ts";
import { CLOSE_LINGER_MS } from "../session/signaling_session.ts";
import { eventLoopTurn, ManualClock } from "../testing/manual_clock.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import { ResumeIdentity } from "../testing/resumable_person.ts";
import { Choice } from "./choice.ts";
import { type Entry, type LostPerson, type Visit, visitMeeting } from "./hostile_person.ts";
import { type AnswerCounts, HostileSession } from "./hostile_session.ts";
import { HonestPair } from "./honest_pair.ts";

/** Hostile inputs that one meeting has to stand. */
export const INPUTS_PER_MEETING = 5_000;
/** How many come at the same time. */
const VISITORS = 12;
/** How long a round of visits may take by the real time, milliseconds: beyond, somebody hangs. */
const ROUND_LIMIT_MS = 30_000;
/** So many are sent in a visit even when the count is nearly reached. */
const MIN_VISIT_INPUTS = 50;
/** Ids of others, of polls and of messages that are remembered. */
const REMEMBERED = 12;
/** Often enough that nobody honest is missed, milliseconds. */
const PING_INTERVAL_MS = 5_000;
/** Room for all who are lost beside those who are here. */
const MAX_PARTICIPANTS = 500;
const RESUMING = 0.15;
const FLOODING = 0.0005;
const ENTRIES: readonly Exclude<Entry, "resuming" | "flooding">[] = [
  "unauthenticated",
  "unauthenticated",
  "prepared",
  "waiting",
  // Who has joined has the most to say.
  ...Array<"joined">(10).fill("joined"),
];

const identity = await ResumeIdentity.create();

/** What was sent to one meeting, and what it answered. */
export interface FuzzedMeetingResult {
  readonly inputs: number;
  readonly sessions: number;
  readonly answers: ReadonlyMap<string, number>;
}

/**
 * Sends `count` hostile inputs, or a few more, to a meeting at a real controller, in sessions that stand anywhere
 * between unknown and host, beside two honest hosts. The same seed makes the same inputs, but for
 * ids and keys.
 *
 * @throws when an input is not answered as it has to be, a session ends for no reason, the two
 * notice anything, or something of those who came is left behind.
 */
export async function fuzzMeeting({ seed, count }: {
  readonly seed: number;
  readonly count: number;
}): Promise<FuzzedMeetingResult> {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({
    clock,
    settings: { lobbyEnabled: true, maxParticipants: MAX_PARTICIPANTS },
  });
  return await new FuzzedMeeting(stage, clock, new Choice(seededRandom(seed))).run(count);
}

class FuzzedMeeting {
  readonly #answers: AnswerCounts = new Map();
  readonly #participants: string[];
  readonly #things: string[];
  readonly #streams: string[];
  /**
   * Whether some of those who come are hosts, and may make others hosts. Where they are they must
   * not know the honest two, nor end the meeting: they would be right to put them out.
   */
  readonly #hasHosts: boolean;
  #lost: LostPerson[] = [];
  /** Sessions of the round before that stand yet: others may take them over. */
  #standing: HostileSession[] = [];
  #badTokens: string[] = [];
  #inputs = 0;
  #sessions = 0;

  constructor(
    private readonly stage: MeetingStage,
    private readonly clock: ManualClock,
    private readonly choice: Choice,
  ) {
    this.#hasHosts = choice.happens(0.5);
    const uuids = (length: number) => Array.from({ length }, () => choice.uuid());
    this.#participants = uuids(REMEMBERED);
    this.#things = uuids(REMEMBERED / 2);
    this.#streams = uuids(REMEMBERED / 3);
  }

  async run(count: number): Promise<FuzzedMeetingResult> {
    const { stage, clock } = this;
    const honest = await HonestPair.join(stage);
    const timers = clock.pending;
    if (!this.#hasHosts) {
      this.#participants.push(...honest.participantIds);
      this.#streams.push(...honest.streamIds);
    }
    this.#badTokens = [
      "e30.e30.e30",
      await stage.token(this.choice.uuid(), { meeting_id: this.choice.uuid() }),
      await stage.token(this.choice.uuid(), { exp: 1 }),
    ];
    while (this.#inputs < count) await this.#round(honest, count);
    for (const session of this.#standing) session.hangUp();
    // By then nobody may come back.
    for (let leftMs = SESSION_LIFETIME_MS; leftMs >= 0; leftMs -= PING_INTERVAL_MS) {
      await this.#pass(PING_INTERVAL_MS);
      await honest.ping();
    }
    await honest.check();
    this.#checkNothingLeft(honest, timers);
    const codes = await clock.advanceUntil(honest.end());
    assert.deepEqual(codes, [CloseCode.MEETING_ENDED, CloseCode.MEETING_ENDED]);
    return { inputs: this.#inputs, sessions: this.#sessions, answers: this.#answers };
  }

  /** Some come at the same time; then time passes, and each session ends as it should. */
  async #round(honest: HonestPair, count: number): Promise<void> {
    const sessions = await within(ROUND_LIMIT_MS, this.#visits(count));
    for (const session of this.#standing) session.hangUp();
    await this.#pass(CLOSE_LINGER_MS);
    const mayResume = new Set(this.#lost.map(({ session }) => session));
    for (const session of sessions) {
      if (!session.isOver && !mayResume.has(session)) session.hangUp();
    }
    await within(ROUND_LIMIT_MS, honest.check());
    await this.#pass(MESSAGE_COMPLETION_LIMIT_MS);
    await this.#pass(CLOSE_LINGER_MS);
    for (const session of [...sessions, ...this.#standing]) session.check();
    this.#standing = sessions.filter((session) => !session.isOver);
    await within(ROUND_LIMIT_MS, honest.check());
  }

  /** {@link VISITORS} come, and send what they have in mind, at the same time. */
  async #visits(count: number): Promise<HostileSession[]> {
    const budget = Math.max(MIN_VISIT_INPUTS, Math.ceil((count - this.#inputs) / VISITORS));
    const visits = Array.from({ length: VISITORS }, async () => {
      // Each with numbers of its own: whose turn is next must not decide what is sent.
      const choice = new Choice(seededRandom(this.choice.below(2 ** 32)));
      const visitor = this.#nextVisitor(choice);
      const session = new HostileSession(await this.stage.connectUnread(), this.#answers);
      const visited = await visitMeeting(session, {
        ...visitor,
        stage: this.stage,
        choice,
        identity,
        budget,
        badTokens: this.#badTokens,
        mayEndMeeting: !this.#hasHosts,
        known: {
          meetingId: this.stage.meetingId,
          participants: this.#participants,
          streams: this.#streams,
          things: this.#things,
          identityKey: identity.publicKey,
        },
      });
      return { session, visited };
    });
    const visited = await Promise.all(visits);
    for (const { visited: { inputs, lost } } of visited) {
      this.#inputs += inputs;
      if (lost !== undefined) this.#lost.push(lost);
    }
    this.#lost.splice(0, Math.max(0, this.#lost.length - REMEMBERED));
    this.#sessions += visited.length;
    return visited.map(({ session }) => session);
  }

  #nextVisitor(choice: Choice): Pick<Visit, "entry" | "role" | "lost" | "participantId"> {
    const index = choice.below(this.#lost.length);
    const [lost] = choice.happens(RESUMING) ? this.#lost.splice(index, 1) : [];
    if (lost !== undefined) {
      const { role, participantId } = lost;
      return { entry: "resuming", role, participantId, lost };
    }
    const entry = choice.happens(FLOODING) ? "flooding" : choice.among(ENTRIES);
    const roles: Role[] = ["participant", "participant", this.#hasHosts ? "host" : "co_host"];
    const participantId = choice.uuid();
    this.#participants[choice.below(REMEMBERED)] = participantId;
    return { entry, role: choice.among(roles), participantId, lost: undefined };
  }

  /** Lets time pass, and what is due happen. */
  async #pass(ms: number): Promise<void> {
    await eventLoopTurn();
    this.clock.advance(ms);
    await eventLoopTurn();
  }

  /** Nothing is kept for anybody but the honest two. */
  #checkNothingLeft(honest: HonestPair, timers: number): void {
    honest.checkAlone();
    const [handler] = this.stage.media.handlers;
    const [anna, ben] = honest.participantIds;
    assert.deepEqual(handler!.participants, new Set([anna, ben]));
    const routed = [...handler!.routes].map(([id, { destinations }]) => [id, [...destinations]]);
    const [annas, bens] = honest.streamIds;
    assert.deepEqual(Object.fromEntries(routed), { [annas!]: [ben], [bens!]: [anna] });
    assert.ok(this.clock.pending <= timers, `${this.clock.pending} timers, first ${timers}`);
  }
}

/** @throws {Error} when `promise` takes longer by the real time. */
async function within<Value>(limitMs: number, promise: Promise<Value>): Promise<Value> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing for ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

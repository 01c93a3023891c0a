import { SILENCE_LIMIT_MS } from "../../../client/core/signaling/liveness.ts";
import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import { poissonArrivals } from "../api/arrivals.ts";
import { DeedTally } from "./deed_tally.ts";
import { type DeedKind, pickDeed } from "./deeds.ts";
import { countFailure, enterAll, pause } from "./entries.ts";
import type { ActResult, EntryResult, Order, RecoveryResult } from "./load.ts";
import { type IdentityKey, type Observer, Person } from "./person.ts";

/**
 * Addresses of the loopback network from which people come, as in life: a controller limits how many
 * unauthenticated connections one address has. Each is one UDP socket that its people share.
 */
const ADDRESSES = 256;
/** Pings of a second are spread over so many turns. */
const PING_TURNS = 50;
/** As a client does that hears nothing else. */
const PING_INTERVAL_MS = 1_600;
/** How often a client looks whether its controller is silent, as the client core does, ms. */
const SILENCE_LOOK_INTERVAL_MS = 250;
/** How long answers and news may take after the last deed, milliseconds. */
const LAST_NEWS_DEADLINE_MS = 5_000;
const LOOK_INTERVAL_MS = 50;

/** All people of one generator process, who ping as clients do from their join on. */
export class Crowd {
  readonly #people: Person[] = [];
  readonly #meetings = new Map<string, Person[]>();
  readonly #endpoints: Deno.QuicEndpoint[] = [];
  readonly #identity: IdentityKey;
  #tally = new DeedTally();
  #onSilence: (person: Person) => void = () => undefined;
  #turn = 0;
  #turnAtMs = performance.now();

  private constructor(identity: IdentityKey) {
    this.#identity = identity;
    for (let index = 0; index < ADDRESSES; index++) {
      // 127.0.1.0 to 127.0.1.255: Linux has all of 127.0.0.0/8 without being told.
      this.#endpoints.push(new Deno.QuicEndpoint({ hostname: `127.0.1.${index}`, port: 0 }));
    }
    setInterval(() => this.#ping(), PING_INTERVAL_MS / PING_TURNS);
    setInterval(() => this.#lookForSilence(), SILENCE_LOOK_INTERVAL_MS);
  }

  static async gather(): Promise<Crowd> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, [
      "sign",
      "verify",
    ]);
    const raw = await crypto.subtle.exportKey("raw", publicKey);
    return new Crowd({ privateKey, publicKey: new Uint8Array(raw) });
  }

  async join({ controller, tickets, pace, seed }: Order & { order: "join" }): Promise<EntryResult> {
    const people = tickets.map((ticket) => {
      const meeting = this.#meetings.get(ticket.meetingId) ?? [];
      const endpoint = this.#endpoints[Math.floor(Math.random() * ADDRESSES)]!;
      const observer: Observer = {
        onBegin: (deed) => this.#tally.onBegin(deed),
        onAnswer: (deed, error) => this.#tally.onAnswer(deed, error),
        onNews: (deed) => this.#tally.onNews(deed),
      };
      const person = new Person(ticket, endpoint, meeting, this.#identity, observer);
      meeting.push(person);
      this.#meetings.set(ticket.meetingId, meeting);
      return person;
    });
    return await enterAll(people, pace, seed, async (person) => {
      await person.join(controller);
      this.#people.push(person);
    });
  }

  async resume(order: Order & { order: "resume" }): Promise<EntryResult> {
    const people = this.#people.slice(0, order.people);
    return await enterAll(
      people,
      order.pace,
      order.seed,
      (person) => person.resume(order.controller),
    );
  }

  async act(order: Order & { order: "act" }): Promise<ActResult> {
    if (this.#people.length === 0) throw new Error("nobody has joined");
    const random = seededRandom(order.seed);
    const tally = this.#tally = new DeedTally();
    const startedAtMs = performance.now();
    for (const offset of poissonArrivals(order.ratePerS, order.durationMs, random)) {
      const person = this.#people[Math.floor(random() * this.#people.length)]!;
      const kind: DeedKind = order.kind ?? pickDeed(random());
      const dueAtMs = startedAtMs + offset;
      const waitMs = dueAtMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      person.do(kind, dueAtMs);
    }
    const elapsedMs = performance.now() - startedAtMs;
    const giveUpAtMs = performance.now() + LAST_NEWS_DEADLINE_MS;
    while (!tally.isComplete && performance.now() < giveUpAtMs) await pause(LOOK_INTERVAL_MS);
    for (const person of this.#people) person.forget();
    const lost = this.#people.filter((person) => !person.isConnected).length;
    return tally.result(elapsedMs, lost);
  }

  async recover({ controller, deadlineMs }: Order & { order: "recover" }): Promise<RecoveryResult> {
    const deadlineAtMs = performance.now() + deadlineMs;
    const failures: Record<string, number> = {};
    const noticedAtMs: number[] = [];
    const backAtMs: number[] = [];
    const finished = Promise.withResolvers<void>();
    const away = new Set(this.#people);
    const settle = (person: Person) => {
      away.delete(person);
      if (away.size === 0) finished.resolve();
    };
    const begun = new Set<Person>();
    this.#onSilence = (person) => {
      if (begun.has(person)) return;
      begun.add(person);
      noticedAtMs.push(epochNow());
      person.recover(controller, deadlineAtMs).then(
        () => backAtMs.push(epochNow()),
        (error) => countFailure(failures, error),
      ).then(() => settle(person));
    };
    await Promise.race([finished.promise, pause(deadlineMs + LAST_NEWS_DEADLINE_MS)]);
    this.#onSilence = () => undefined;
    if (away.size > 0) failures["noticed nothing, or neither back nor refused"] = away.size;
    return { noticedAtMs, backAtMs, failures };
  }

  #lookForSilence(): void {
    const nowMs = performance.now();
    for (const person of this.#people) {
      if (person.silentMs(nowMs) >= SILENCE_LIMIT_MS) this.#onSilence(person);
    }
  }

  /** Everyone once in each interval, whatever the timers' lateness; after a standstill only once. */
  #ping(): void {
    const nowMs = performance.now();
    this.#turnAtMs = Math.max(this.#turnAtMs, nowMs - PING_INTERVAL_MS);
    while (this.#turnAtMs <= nowMs) {
      for (let index = this.#turn; index < this.#people.length; index += PING_TURNS) {
        this.#people[index]!.ping();
      }
      this.#turn = (this.#turn + 1) % PING_TURNS;
      this.#turnAtMs += PING_INTERVAL_MS / PING_TURNS;
    }
  }
}

/** Milliseconds since the Unix epoch, as the bench's process has them too. */
function epochNow(): number {
  return performance.timeOrigin + performance.now();
}

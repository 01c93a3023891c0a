import { Redis } from "ioredis";
import {
  aliveKey,
  meetingStateKey,
  OPEN_SCRIPT,
  OWNERS_CHANNEL,
  REPLACE_SCRIPT,
  RESERVED_FIELDS,
  ScriptAnswer,
  WRITE_SCRIPT,
} from "../../../db/redis/meeting_state.ts";
import type { Logger } from "../../runtime/log.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ConcurrencyLimit } from "./concurrency_limit.ts";
import {
  checkEpoch,
  checkField,
  FORGOTTEN_LIFETIME_MS,
  MAX_MEETING_FIELDS,
  type MeetingStateStore,
  StaleEpochError,
  STATE_LIFETIME_MS,
  type StateChanges,
  StateStoreAwayError,
  type StoredMeeting,
  type WriteOutcome,
} from "./meeting_state_store.ts";

/** How long one answer may take, milliseconds. */
export const STATE_COMMAND_LIMIT_MS = 500;
const RECONNECT_LIMIT_MS = 2_000;
/** How often it is looked whether Redis was emptied, milliseconds. */
const ALIVE_INTERVAL_MS = 1_000;
/** How long the mark of a controller that is gone stays, milliseconds. */
const ALIVE_LIFETIME_MS = 10 * 60 * 1_000;
/** Whole meetings that are read or written at a time, so that one answer never waits for a thousand. */
const MAX_WHOLE_MEETINGS = 16;
/** How long a whole meeting waits for its turn, milliseconds. */
const WHOLE_MEETING_WAIT_MS = 2_000;

/** What it takes to reach the store. */
export interface RedisMeetingStateOptions {
  /** Such as `redis://127.0.0.1:6379`. */
  readonly url: string;
  /** Of this controller, new with each start of its process. */
  readonly controllerId: string;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** Running meetings in Redis (db/redis/meeting_state.ts), for all controllers that share it. */
export class RedisMeetingStateStore implements MeetingStateStore {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #clock: Clock;
  readonly #aliveKey: string;
  readonly #wholeMeetings: ConcurrencyLimit;
  readonly #openedListeners = new Set<(meetingId: string, epoch: bigint) => void>();
  readonly #emptiedListeners = new Set<() => void>();
  readonly #digests = new Map<string, Promise<string>>();
  /** Number of the latest command: Redis refuses those that come late. */
  #turn = 0;
  #reached = false;
  #disposed = false;
  #cancelLook = () => {};

  private constructor(options: RedisMeetingStateOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#aliveKey = aliveKey(options.controllerId);
    this.#wholeMeetings = new ConcurrencyLimit({
      most: MAX_WHOLE_MEETINGS,
      waitLimitMs: WHOLE_MEETING_WAIT_MS,
      clock: this.#clock,
    });
    this.#redis = connect(options.url);
    this.#subscriber = connect(options.url);
    let away = false;
    this.#redis.on("error", (error) => {
      if (!away) options.log.warn("meeting state store away", { error });
      away = true;
    });
    this.#redis.on("ready", () => {
      if (away) options.log.info("meeting state store back");
      away = this.#reached = false;
      void this.#look();
    });
    this.#subscriber.on("error", () => {});
    this.#subscriber.on("ready", () => void this.#subscribe());
    this.#subscriber.on("message", (_channel, message) => this.#announced(message));
  }

  /**
   * Connects in the background and again whenever the connection is lost; until then each call
   * rejects at once.
   */
  static connect(options: RedisMeetingStateOptions): RedisMeetingStateStore {
    return new RedisMeetingStateStore(options);
  }

  /** Resolves once meetings can be stored, and openings by others are heard of. */
  async ready(): Promise<void> {
    for (const redis of [this.#redis, this.#subscriber]) {
      if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
    }
    await this.#subscribe();
  }

  async open(meetingId: string, epoch: bigint): Promise<StoredMeeting> {
    const answer = await this.#wholeMeeting(() =>
      this.#run(OPEN_SCRIPT, meetingId, epoch, STATE_LIFETIME_MS, [meetingId, OWNERS_CHANNEL])
    );
    const [, time, flat] = answer as [number, Buffer[], Buffer[]];
    const fields = new Map<string, Uint8Array>();
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const name = flat[index]!.toString();
      if (!RESERVED_FIELDS.includes(name)) fields.set(name, flat[index + 1]!);
    }
    return { fields, nowMs: readTime(time) };
  }

  async write(meetingId: string, epoch: bigint, changes: StateChanges): Promise<WriteOutcome> {
    const { set, remove } = changes;
    const parameters = [MAX_MEETING_FIELDS, set.size, ...flatten(set), ...remove];
    const answer = await this.#run(WRITE_SCRIPT, meetingId, epoch, STATE_LIFETIME_MS, parameters);
    return answer === ScriptAnswer.done ? "written" : "forgotten";
  }

  async replace(
    meetingId: string,
    epoch: bigint,
    fields: ReadonlyMap<string, Uint8Array>,
  ): Promise<void> {
    if (fields.size > MAX_MEETING_FIELDS) throw new StateStoreAwayError("too many fields");
    await this.#wholeMeeting(() =>
      this.#run(REPLACE_SCRIPT, meetingId, epoch, STATE_LIFETIME_MS, [...flatten(fields)])
    );
  }

  keep(meetingId: string, epoch: bigint): Promise<WriteOutcome> {
    return this.write(meetingId, epoch, { set: new Map(), remove: new Set() });
  }

  async forget(meetingId: string, epoch: bigint): Promise<void> {
    await this.#run(REPLACE_SCRIPT, meetingId, epoch, FORGOTTEN_LIFETIME_MS, []);
  }

  async now(): Promise<number> {
    return readTime(await this.#ask(() => this.#redis.time()));
  }

  onOpened(listener: (meetingId: string, epoch: bigint) => void): () => void {
    this.#openedListeners.add(listener);
    return () => void this.#openedListeners.delete(listener);
  }

  onEmptied(listener: () => void): () => void {
    this.#emptiedListeners.add(listener);
    return () => void this.#emptiedListeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#cancelLook();
    await Promise.all([hangUp(this.#redis), hangUp(this.#subscriber)]);
  }

  #announced(message: string): void {
    const [, meetingId, epoch] = /^(\S{1,64}) (\d{1,16})$/.exec(message) ?? [];
    if (meetingId === undefined || epoch === undefined) return;
    for (const listener of this.#openedListeners) listener(meetingId, BigInt(epoch));
  }

  async #subscribe(): Promise<void> {
    // A connection that is lost now subscribes again when it is back.
    await this.#subscriber.subscribe(OWNERS_CHANNEL).catch(() => undefined);
  }

  /** Looks, now and again and again, whether Redis was emptied. */
  async #look(): Promise<void> {
    this.#cancelLook();
    let lost = true;
    try {
      const before = await this.#redis.set(this.#aliveKey, "1", "PX", ALIVE_LIFETIME_MS, "GET");
      lost = before === null || !this.#reached;
      this.#reached = true;
    } catch {
      this.#reached = lost = false;
    }
    if (this.#disposed) return;
    this.#cancelLook();
    this.#cancelLook = this.#clock.after(ALIVE_INTERVAL_MS, () => void this.#look());
    if (lost) { for (const listener of this.#emptiedListeners) listener(); }
  }

  #wholeMeeting(run: () => Promise<unknown>): Promise<unknown> {
    return this.#ask(() => this.#wholeMeetings.run(run));
  }

  /** Runs a script: its answer, which is `done` or `forgotten`, or an array. */
  async #run(
    script: string,
    meetingId: string,
    epoch: bigint,
    lifetimeMs: number,
    parameters: readonly (string | number | Uint8Array)[],
  ): Promise<unknown> {
    checkEpoch(epoch);
    const digest = await this.#digest(script);
    const all = [
      ...[1, meetingStateKey(meetingId), String(epoch), ++this.#turn, lifetimeMs],
      ...parameters,
    ] as (string | number | Buffer)[];
    const answer = await this.#ask(async () => {
      try {
        return await this.#redis.callBuffer("EVALSHA", [digest, ...all]);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return await this.#redis.callBuffer("EVAL", [script, ...all]);
      }
    });
    if (answer === ScriptAnswer.stale) throw new StaleEpochError(meetingId, epoch);
    if (answer === ScriptAnswer.late) throw new StateStoreAwayError("overtaken");
    if (answer === ScriptAnswer.full) throw new StateStoreAwayError("too many fields");
    return answer;
  }

  async #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      if (
        [StaleEpochError, StateStoreAwayError, RangeError].some((kind) => error instanceof kind)
      ) {
        throw error;
      }
      throw new StateStoreAwayError("Redis is away", { cause: error });
    }
  }

  #digest(script: string): Promise<string> {
    const known = this.#digests.get(script) ?? sha1(script);
    this.#digests.set(script, known);
    return known;
  }
}

function connect(url: string): Redis {
  return new Redis(url, {
    commandTimeout: STATE_COMMAND_LIMIT_MS,
    connectTimeout: STATE_COMMAND_LIMIT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_LIMIT_MS),
  });
}

/** Ends a connection once what was asked over it is answered; at once when Redis is away. */
async function hangUp(redis: Redis): Promise<void> {
  await redis.quit().catch(() => undefined);
  redis.disconnect();
}

function* flatten(fields: ReadonlyMap<string, Uint8Array>): Iterable<string | Buffer> {
  for (const [name, bytes] of fields) {
    checkField(name, bytes);
    yield name;
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** Milliseconds of what TIME answers: seconds and microseconds. */
function readTime(time: readonly unknown[]): number {
  return Number(String(time[0])) * 1_000 + Number(String(time[1])) / 1_000;
}

/** The name under which Redis keeps a script. */
async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

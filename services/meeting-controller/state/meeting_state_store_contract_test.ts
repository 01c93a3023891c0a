import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Redis } from "ioredis";
import { type LocalRedis, startLocalRedis } from "../../../db/local_redis.ts";
import { meetingStateKey } from "../../../db/redis/meeting_state.ts";
import { createLogger } from "../../runtime/log.ts";
import { systemClock } from "../clock.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { InProcessMeetingStateStore } from "./in_process_meeting_state_store.ts";
import { MeetingJournal } from "./journal.ts";
import {
  FORGOTTEN_LIFETIME_MS,
  MAX_FIELD_BYTES,
  MAX_MEETING_FIELDS,
  type MeetingStateStore,
  StaleEpochError,
  STATE_LIFETIME_MS,
  StateStoreAwayError,
} from "./meeting_state_store.ts";
import { RedisMeetingStateStore } from "./redis_meeting_state_store.ts";

/** A store as two controllers reach it, and what may happen to it. */
interface Stage {
  readonly one: MeetingStateStore;
  readonly other: MeetingStateStore;
  /** Loses everything. */
  empty(): Promise<void>;
  /** Milliseconds until the meeting is forgotten. */
  lifetimeMs(meetingId: string): Promise<number>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const fieldsOf = (fields: Record<string, string>) =>
  new Map(Object.entries(fields).map(([name, text]) => [name, bytes(text)]));
const change = (set: Record<string, string>, ...remove: string[]) => ({
  set: fieldsOf(set),
  remove: new Set(remove),
});
const id = () => crypto.randomUUID() as string;

/** What is stored of a meeting, as a reader with a higher epoch finds it. */
async function read(store: MeetingStateStore, meetingId: string, epoch: bigint) {
  const { fields } = await store.open(meetingId, epoch);
  const decoder = new TextDecoder();
  return Object.fromEntries([...fields].map(([name, text]) => [name, decoder.decode(text)]));
}

async function checkContract(t: Deno.TestContext, stage: Stage): Promise<void> {
  const { one, other } = stage;

  await t.step("what one controller wrote the next one reads, by the same clock", async () => {
    const meetingId = id();
    const { fields, nowMs } = await one.open(meetingId, 1n);
    equal(fields.size, 0);
    equal(await one.write(meetingId, 1n, change({ a: "1", b: "2", c: "" })), "written");
    equal(await one.write(meetingId, 1n, change({ b: "3", d: "4" }, "a", "x")), "written");
    deepEqual(await read(other, meetingId, 2n), { b: "3", c: "", d: "4" });
    const laterMs = await other.now();
    ok(laterMs >= nowMs && laterMs < nowMs + 60_000, `${nowMs} ${laterMs}`);
  });

  await t.step("any bytes are stored as they are", async () => {
    const meetingId = id();
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    await one.open(meetingId, 1n);
    const set = new Map([["every", new Uint8Array([0, ...every]).subarray(1)]]);
    await one.write(meetingId, 1n, { set, remove: new Set() });
    deepEqual(new Uint8Array((await other.open(meetingId, 2n)).fields.get("every")!), every);
  });

  await t.step(
    "a lower epoch than the newest is refused everywhere and changes nothing",
    async () => {
      const meetingId = id();
      await one.open(meetingId, 4n);
      await one.write(meetingId, 4n, change({ a: "old" }));
      await other.open(meetingId, 5n);
      const refused = (promise: Promise<unknown>) => rejects(promise, StaleEpochError);
      await refused(one.write(meetingId, 4n, change({ a: "new" })));
      await refused(one.replace(meetingId, 4n, fieldsOf({ a: "new" })));
      await refused(one.keep(meetingId, 4n));
      await refused(one.forget(meetingId, 4n));
      await refused(one.open(meetingId, 4n));
      deepEqual(await read(other, meetingId, 5n), { a: "old" });
    },
  );

  await t.step("epochs are compared as numbers, up to 2^53 - 1", async () => {
    const meetingId = id();
    await one.open(meetingId, 9n);
    await one.open(meetingId, 10n);
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    await one.open(meetingId, most);
    await rejects(one.open(meetingId, most - 1n), StaleEpochError);
    await rejects(one.open(meetingId, most + 1n), RangeError);
  });

  await t.step("an emptied store says so until everything was written again", async () => {
    const meetingId = id();
    await one.open(meetingId, 3n);
    await one.write(meetingId, 3n, change({ a: "1" }));
    const told = Promise.withResolvers<void>();
    const stop = one.onEmptied(told.resolve);
    await stage.empty();
    await told.promise;
    stop();
    equal(await one.write(meetingId, 3n, change({ b: "2" })), "forgotten");
    equal(await one.keep(meetingId, 3n), "forgotten");
    await one.replace(meetingId, 3n, fieldsOf({ a: "1", b: "2" }));
    equal(await one.keep(meetingId, 3n), "written");
    deepEqual(await read(other, meetingId, 4n), { a: "1", b: "2" });
  });

  await t.step(
    "who replaces a meeting leaves nothing of what was there, also of lower epochs",
    async () => {
      const meetingId = id();
      await one.open(meetingId, 1n);
      await one.write(meetingId, 1n, change({ a: "1" }));
      await other.replace(meetingId, 2n, fieldsOf({ b: "2" }));
      await rejects(one.keep(meetingId, 1n), StaleEpochError);
      deepEqual(await read(other, meetingId, 2n), { b: "2" });
    },
  );

  await t.step("a higher epoch that was never opened finds a forgotten meeting", async () => {
    const meetingId = id();
    await one.open(meetingId, 1n);
    equal(await other.write(meetingId, 2n, change({ a: "1" })), "forgotten");
  });

  await t.step("a forgotten meeting is empty and still fenced, but not for long", async () => {
    const meetingId = id();
    await one.open(meetingId, 2n);
    await one.write(meetingId, 2n, change({ a: "1" }));
    await one.forget(meetingId, 2n);
    await rejects(other.write(meetingId, 1n, change({ a: "0" })), StaleEpochError);
    const lifetimeMs = await stage.lifetimeMs(meetingId);
    ok(lifetimeMs > 0 && lifetimeMs <= FORGOTTEN_LIFETIME_MS, `${lifetimeMs}`);
    deepEqual(await read(other, meetingId, 3n), {});
  });

  await t.step("each command keeps a meeting for its lifetime", async () => {
    const meetingId = id();
    const commands = [
      () => one.open(meetingId, 1n),
      () => one.write(meetingId, 1n, change({ a: "1" })),
      () => one.keep(meetingId, 1n),
      () => one.replace(meetingId, 1n, fieldsOf({})),
    ];
    for (const command of commands) {
      await one.forget(meetingId, 1n);
      await command();
      const lifetimeMs = await stage.lifetimeMs(meetingId);
      ok(lifetimeMs > STATE_LIFETIME_MS - 60_000 && lifetimeMs <= STATE_LIFETIME_MS);
    }
  });

  await t.step("everyone hears who opened a meeting, until they stop listening", async () => {
    const meetingId = id();
    const heard: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = [one, other].map((store) =>
      store.onOpened((opened, epoch) => {
        if (opened !== meetingId) return;
        heard.push(epoch);
        if (heard.length === 2) resolve();
      })
    );
    await one.open(meetingId, 7n);
    await promise;
    stop.forEach((stopListening) => stopListening());
    const last = Promise.withResolvers<void>();
    one.onOpened((_, epoch) => void (epoch === 8n && last.resolve()));
    await one.open(meetingId, 8n);
    await last.promise;
    deepEqual(heard, [7n, 7n]);
  });

  await t.step("a meeting takes so many fields and no more, and changes those it has", async () => {
    const meetingId = id();
    await one.open(meetingId, 1n);
    const many = Array.from({ length: MAX_MEETING_FIELDS }, (_, index) => [`f${index}`, "x"]);
    await one.replace(meetingId, 1n, fieldsOf(Object.fromEntries(many)));
    await rejects(one.write(meetingId, 1n, change({ more: "1" })), StateStoreAwayError);
    equal(await one.write(meetingId, 1n, change({ f1: "1", f2: "2" })), "written");
    equal(await one.write(meetingId, 1n, change({ more: "1" }, "f3")), "written");
    const all = (await other.open(meetingId, 2n)).fields;
    deepEqual([all.size, all.has("f3"), all.has("more")], [MAX_MEETING_FIELDS, false, true]);
  });

  await t.step(
    "fields that are too large, or named as the store's own, are the caller's fault",
    async () => {
      const meetingId = id();
      await one.open(meetingId, 1n);
      const set = new Map([["large", new Uint8Array(MAX_FIELD_BYTES + 1)]]);
      await rejects(one.write(meetingId, 1n, { set, remove: new Set() }), RangeError);
      await rejects(one.replace(meetingId, 1n, set), RangeError);
      await rejects(one.write(meetingId, 1n, change({ epoch: "9" })), RangeError);
    },
  );
}

Deno.test("the state store in this process keeps the contract", async (t) => {
  const clock = new ManualClock();
  await using store = new InProcessMeetingStateStore(clock);
  await checkContract(t, {
    one: store,
    other: store,
    empty: () => Promise.resolve(store.empty()),
    lifetimeMs: (meetingId) => Promise.resolve(store.lifetimeMs(meetingId)),
  });
});

/** Stores of two controllers in one Redis. */
async function startRedisStage() {
  const server = await startLocalRedis() as LocalRedis;
  const url = server.url;
  const log = createLogger("test");
  const [one, other] = [id(), id()].map((controllerId) =>
    RedisMeetingStateStore.connect({ url, controllerId, log })
  ) as [RedisMeetingStateStore, RedisMeetingStateStore];
  await Promise.all([one.ready(), other.ready()]);
  const redis = new Redis(url);
  return {
    one,
    other,
    redis,
    server,
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await Promise.all([one, other].map((store) => store[Symbol.asyncDispose]()));
      await server.stop("SIGKILL");
    },
  };
}

const leftovers = {
  // ioredis may leave a timer of its reconnecting behind after it was told to disconnect.
  sanitizeOps: false,
  sanitizeResources: false,
};

Deno.test("the state store in Redis keeps the contract", leftovers, async (t) => {
  await using stage = await startRedisStage();
  await checkContract(t, {
    ...stage,
    empty: async () => void await stage.redis.flushall(),
    lifetimeMs: (meetingId) => stage.redis.pttl(meetingStateKey(meetingId)),
  });
});

Deno.test(
  "a Redis that does not answer is away within a second, and heard of when it is back",
  leftovers,
  async () => {
    await using stage = await startRedisStage();
    const { one, server } = stage;
    const meetingId = id();
    await one.open(meetingId, 1n);
    server.signal("SIGSTOP");
    const began = performance.now();
    await rejects(one.write(meetingId, 1n, change({ a: "1" })), StateStoreAwayError);
    ok(performance.now() - began < 1_000);
    const back = Promise.withResolvers<void>();
    // It is looked for each second, and has to be missed before it can be back.
    await rejects(one.now(), StateStoreAwayError);
    await rejects(one.now(), StateStoreAwayError);
    one.onEmptied(back.resolve);
    server.signal("SIGCONT");
    await back.promise;
    equal(await one.keep(meetingId, 1n), "written");
  },
);

Deno.test(
  "a lost connection comes back by itself and is told, since meanwhile all may be lost",
  leftovers,
  async () => {
    await using stage = await startRedisStage();
    const { one, other, redis } = stage;
    const back = Promise.withResolvers<void>();
    one.onEmptied(back.resolve);
    await redis.client("KILL", "TYPE", "NORMAL");
    await redis.client("KILL", "TYPE", "PUBSUB");
    await back.promise;
    await Promise.all([one.ready(), other.ready()]);
    const heard = Promise.withResolvers<bigint>();
    other.onOpened((_, epoch) => heard.resolve(epoch));
    await one.open(id(), 6n);
    equal(await heard.promise, 6n);
  },
);

Deno.test(
  "a command that comes after a later one of the same owner does nothing",
  leftovers,
  async () => {
    await using stage = await startRedisStage();
    const { one, other, redis } = stage;
    const meetingId = id();
    await one.open(meetingId, 1n);
    await one.write(meetingId, 1n, change({ a: "1" }));
    // As if a later command had come by another connection.
    await redis.hset(meetingStateKey(meetingId), "turn", 1_000);
    await rejects(one.write(meetingId, 1n, change({ a: "late" })), StateStoreAwayError);
    deepEqual(await read(other, meetingId, 2n), { a: "1" });
  },
);

Deno.test(
  "a Redis that was emptied gets everything again though nobody changes anything",
  leftovers,
  async () => {
    await using stage = await startRedisStage();
    const { one, other, redis } = stage;
    const meetingId = id();
    await one.open(meetingId, 1n);
    const owned = fieldsOf({ a: "1" });
    const journal = new MeetingJournal({
      ...{ meetingId, epoch: 1n, store: one, clock: systemClock, log: createLogger("test") },
      snapshot: () => owned,
      onStale: () => undefined,
    });
    journal.set("a", owned.get("a")!);
    await journal.stored();
    const emptied = Promise.withResolvers<void>();
    one.onEmptied(emptied.resolve);
    await redis.flushall();
    await emptied.promise;
    await journal.stored();
    journal.end();
    deepEqual(await read(other, meetingId, 2n), { a: "1" });
  },
);

Deno.test("without Redis each call fails at once", leftovers, async () => {
  const log = createLogger("test");
  await using store = RedisMeetingStateStore.connect({
    url: "redis://127.0.0.1:1",
    controllerId: id(),
    log,
  });
  await rejects(store.open(id(), 1n), StateStoreAwayError);
  await rejects(store.now(), StateStoreAwayError);
});

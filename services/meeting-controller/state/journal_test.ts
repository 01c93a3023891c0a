import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { InProcessMeetingStateStore } from "./in_process_meeting_state_store.ts";
import {
  MAX_PENDING_FIELDS,
  MeetingJournal,
  STORE_RETRY_LIMIT_MS,
  STORE_RETRY_MS,
} from "./journal.ts";
import {
  MAX_FIELD_BYTES,
  StaleEpochError,
  type StateChanges,
  StateStoreAwayError,
} from "./meeting_state_store.ts";

const meetingId = "3f2f9a0e-6d0b-4a55-9d53-0c8a3f0f7a11";
const bytes = (text: string) => new TextEncoder().encode(text);

/** Counts what is written, and can be made to wait. */
class WatchedStore extends InProcessMeetingStateStore {
  readonly writes: string[] = [];
  /** While it is set, writes wait for it. */
  held: PromiseWithResolvers<void> | undefined;
  /** While it is true, writes fail though the store is there. */
  failing = false;

  override async write(id: string, epoch: bigint, changes: StateChanges) {
    this.writes.push(
      [...changes.set.keys(), ...[...changes.remove].map((name) => `-${name}`)].join(),
    );
    await this.#reach();
    return await super.write(id, epoch, changes);
  }

  override async replace(id: string, epoch: bigint, fields: ReadonlyMap<string, Uint8Array>) {
    this.writes.push(`all ${fields.size}`);
    await this.#reach();
    await super.replace(id, epoch, fields);
  }

  async #reach() {
    await this.held?.promise;
    if (this.failing) throw new StateStoreAwayError("no answer");
  }

  hold() {
    this.held = Promise.withResolvers();
    return () => {
      this.held?.resolve();
      this.held = undefined;
    };
  }
}

/** An owner with its journal. */
async function start(epoch = 5n) {
  const clock = new ManualClock();
  const store = new WatchedStore(clock);
  const owned = new Map<string, Uint8Array>();
  let lost = 0;
  await store.open(meetingId, epoch);
  const journal = new MeetingJournal({
    ...{ meetingId, epoch, store, clock, log: createLogger("test") },
    snapshot: () => new Map(owned),
    onStale: () => lost++,
  });
  const set = (field: string, text = "x") => {
    owned.set(field, bytes(text));
    journal.set(field, bytes(text));
  };
  const remove = (field: string) => {
    owned.delete(field);
    journal.remove(field);
  };
  /** What the store has, as the next owner would find it. */
  const storedFields = async () => new Map((await store.open(meetingId, epoch)).fields);
  return { clock, store, owned, journal, set, remove, storedFields, lost: () => lost };
}

/** Resolves when everything that waits for nothing has happened. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("what is noted in one turn is written at once, and what comes meanwhile after it", async () => {
  const { store, journal, set, remove, storedFields, owned } = await start();
  const release = store.hold();
  set("a");
  set("b");
  const first = journal.stored();
  await settle();
  set("c");
  remove("a");
  set("c", "y");
  const second = journal.stored();
  await settle();
  deepEqual(store.writes, ["a,b"]);
  release();
  await first;
  await second;
  deepEqual(store.writes, ["a,b", "c,-a"]);
  deepEqual(await storedFields(), owned);
  equal(journal.upToDate, true);
});

Deno.test("what is noted waits to be stored, and nothing waits when nothing was noted", async () => {
  const { store, journal, set } = await start();
  await journal.stored();
  const release = store.hold();
  set("a");
  let stored = false;
  const waiting = journal.stored().then(() => void (stored = true));
  await settle();
  // Under way is not stored either.
  const also = journal.stored();
  await settle();
  equal(stored, false);
  release();
  await waiting;
  await also;
});

Deno.test("while the store is away nobody waits for it, and it gets everything when it is back", async () => {
  const { store, journal, set, remove, storedFields, owned } = await start();
  set("a");
  set("b");
  await journal.stored();
  store.away = true;
  remove("a");
  await journal.stored();
  set("c");
  await journal.stored();
  equal(journal.upToDate, false);
  store.away = false;
  await settle();
  deepEqual(await storedFields(), owned);
  deepEqual(store.writes, ["a,b", "-a", "all 2"]);
  equal(journal.upToDate, true);
});

Deno.test("a store that nobody announces to be back is tried again, less and less often", async () => {
  const { clock, store, journal, set, storedFields, owned } = await start();
  store.failing = true;
  set("a");
  await journal.stored();
  for (const waitMs of [STORE_RETRY_MS, 2 * STORE_RETRY_MS, 4 * STORE_RETRY_MS]) {
    const attempts = store.writes.length;
    await settle();
    clock.advance(waitMs - 1);
    await settle();
    equal(store.writes.length, attempts);
    clock.advance(1);
    await settle();
    equal(store.writes.length, attempts + 1);
  }
  store.failing = false;
  clock.advance(STORE_RETRY_LIMIT_MS);
  await settle();
  deepEqual(await storedFields(), owned);
});

Deno.test("an emptied store gets everything, whether or not somebody writes", async () => {
  const { store, journal, set, storedFields, owned } = await start();
  set("a");
  await journal.stored();
  store.empty();
  await settle();
  deepEqual(await storedFields(), owned);
});

Deno.test("a store that lost the meeting by itself gets all of it with the next note, or when it is kept", async () => {
  const { clock, store, journal, set, storedFields, owned } = await start();
  set("a");
  await journal.stored();
  clock.advance(store.lifetimeMs(meetingId));
  set("b");
  await journal.stored();
  deepEqual(store.writes, ["a", "b", "all 2"]);
  clock.advance(store.lifetimeMs(meetingId));
  journal.keep();
  await journal.stored();
  deepEqual(await storedFields(), owned);
});

Deno.test("who notes something while everything is replaced waits no longer than for that", async () => {
  const { clock, store, journal, set } = await start();
  clock.advance(store.lifetimeMs(meetingId));
  const release = store.hold();
  set("a");
  const first = journal.stored();
  await settle();
  set("b");
  const second = journal.stored();
  release();
  await Promise.all([first, second]);
  deepEqual(store.writes, ["a", "all 2"]);
});

Deno.test("keeping a meeting lets it live for its lifetime", async () => {
  const { clock, store, journal } = await start();
  clock.advance(60_000);
  const before = store.lifetimeMs(meetingId);
  journal.keep();
  await journal.stored();
  equal(store.lifetimeMs(meetingId) - before, 60_000);
});

Deno.test("a higher epoch ends the journal, is told once, and acknowledges nothing", async () => {
  const { store, journal, set, lost } = await start();
  const release = store.hold();
  set("a");
  const first = journal.stored();
  await settle();
  set("b");
  const second = journal.stored();
  await store.open(meetingId, 6n);
  release();
  await rejects(first, StaleEpochError);
  await rejects(second, StaleEpochError);
  set("c");
  await rejects(journal.stored(), StaleEpochError);
  await settle();
  equal(lost(), 1);
  deepEqual([...(await store.open(meetingId, 6n)).fields], []);
});

Deno.test("a higher epoch is found out after the store was away too", async () => {
  const { store, journal, set, lost } = await start();
  store.away = true;
  set("a");
  await journal.stored();
  store.away = false;
  await store.open(meetingId, 6n);
  await settle();
  equal(lost(), 1);
  await rejects(journal.stored(), StaleEpochError);
});

Deno.test("an ended journal writes nothing and refuses who waits", async () => {
  const { store, journal, set, lost } = await start();
  set("a");
  const waiting = journal.stored();
  journal.end();
  await rejects(waiting, StaleEpochError);
  store.empty();
  await settle();
  deepEqual([store.writes, lost()], [[], 0]);
});

Deno.test("more notes than may wait become the whole meeting", async () => {
  const { store, journal, set } = await start();
  for (let index = 0; index <= MAX_PENDING_FIELDS; index++) set(`f${index}`);
  await journal.stored();
  deepEqual(store.writes, [`all ${MAX_PENDING_FIELDS + 1}`]);
});

Deno.test("a field that no store takes is the fault of who notes it, and costs nothing else", async () => {
  const { journal, set, storedFields } = await start();
  throws(() => journal.set("a", new Uint8Array(MAX_FIELD_BYTES + 1)), RangeError);
  set("b");
  await journal.stored();
  deepEqual([...(await storedFields()).keys()], ["b"]);
});

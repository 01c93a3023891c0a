import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { type TestDatabase, testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { PostgresMeetingFacts } from "../facts/postgres_meeting_facts.ts";
import { LeasedOwnership } from "../ownership/leased_ownership.ts";
import { PostgresOwnerTable } from "../ownership/postgres_owner_table.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";
import { RedisMeetingStateStore } from "../state/redis_meeting_state_store.ts";
import { livelyMeeting, seenBy } from "../testing/lively_meeting.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { startRedis } from "../testing/redis_server.ts";
import { type Node, RegionStage, type SharedStores } from "../testing/region_stage.ts";
import { addMeeting } from "../testing/test_meetings.ts";
import { reachable } from "../testing/cut_off.ts";
import { cutWith } from "../testing/unreliable_owner_table.ts";

const databases = testDatabases();
const log = createLogger("test");

/** Real stores, as two controllers reach them. */
class RealStores implements SharedStores, AsyncDisposable {
  readonly clock = new ManualClock();
  readonly #opened: AsyncDisposable[] = [];

  constructor(readonly database: TestDatabase, readonly redisUrl: string) {}

  addMeeting(): Promise<string> {
    return addMeeting(this.database.sql);
  }

  async connect(place: ControllerPlace, reach: { isCut: boolean }) {
    const { controllerId } = place;
    const store = RedisMeetingStateStore.connect({ url: this.redisUrl, controllerId, log });
    await store.ready();
    const facts = new PostgresMeetingFacts({ databaseUrl: this.database.url, controllerId });
    const ownTable = new PostgresOwnerTable(this.database.url);
    const table = cutWith(ownTable, reach);
    this.#opened.push(store, facts, ownTable);
    return {
      ownership: new LeasedOwnership({ table, place, clock: this.clock, log }),
      facts,
      store: reachable(store, reach),
    };
  }

  /** What PostgreSQL's clock does by itself, sooner. */
  async endLease({ place }: Node): Promise<void> {
    await this.database.sql`
      UPDATE controller_leases SET expires_at = clock_timestamp() - interval '1 second'
      WHERE controller_id = ${place.controllerId}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened) await opened[Symbol.asyncDispose]();
  }
}

Deno.test("with real stores, another controller goes on with the meeting of one that died", async () => {
  await using database = await databases.create();
  await using redis = await startRedis();
  await using stores = new RealStores(database, redis.url);
  await using stage = await RegionStage.open({ clock: stores.clock, stores });
  const [first, second] = stage.nodes;
  const { people } = await livelyMeeting(stage);
  const before = people.map(seenBy);
  first!.kill();
  await stores.endLease(first!);
  for (const person of people) await person.resumeAt(second!);
  for (const person of people) await person.resumeAt(second!);
  assert.deepEqual(people.map(seenBy), before);
});

Deno.test("with real stores, a Redis that lost everything has it again before the next owner reads it", async () => {
  await using database = await databases.create();
  await using redis = await startRedis();
  await using stores = new RealStores(database, redis.url);
  await using stage = await RegionStage.open({ clock: stores.clock, stores });
  const [first, second] = stage.nodes;
  const { people, cleo } = await livelyMeeting(stage);
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
  await cleo.client.request({ case: "raiseHand", value: { raised: false } }, "acknowledgement");
  for (const person of people) await person.resumeAt(first!);
  const before = people.map(seenBy);
  first!.kill();
  await stores.endLease(first!);
  for (const person of people) await person.resumeAt(second!);
  for (const person of people) await person.resumeAt(second!);
  assert.deepEqual(people.map(seenBy), before);
});

Deno.test("with real stores, a controller that drains hands over what the next one needs", async () => {
  await using database = await databases.create();
  await using redis = await startRedis();
  await using stores = new RealStores(database, redis.url);
  await using stage = await RegionStage.open({ clock: stores.clock, stores });
  const [first, second] = stage.nodes;
  const { people } = await livelyMeeting(stage);
  const before = people.map(seenBy);
  stage.announce(second!);
  await first!.controller.handOver();
  for (const person of people) {
    await person.client.event("meetingMoved");
    await person.resumeAt(second!);
  }
  for (const person of people) await person.resumeAt(second!);
  assert.deepEqual(people.map(seenBy), before);
});

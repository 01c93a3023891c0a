import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { systemClock } from "../clock.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { RivalOwners } from "../testing/rival_owners.ts";
import { addMeeting } from "../testing/test_meetings.ts";
import { UnreliableOwnerTable } from "../testing/unreliable_owner_table.ts";
import { InProcessOwnerTable } from "./in_process_owner_table.ts";
import { LeasedOwnership } from "./leased_ownership.ts";
import {
  ACKNOWLEDGEMENT_LIMIT_MS,
  LEASE_LIFETIME_MS,
  LEASE_RENEWAL_MS,
  OwnershipUnavailableError,
} from "./meeting_ownership.ts";
import type { OwnerTable } from "./owner_table.ts";
import { PostgresOwnerTable } from "./postgres_owner_table.ts";

const databases = testDatabases();
const CONTENDERS = 20;

/** A table, and the meetings of which it tells who owns them. */
interface Stage {
  /** A way to the table, for one controller. */
  table(): OwnerTable;
  addMeeting(): Promise<string>;
  endMeeting(meetingId: string): Promise<void>;
  /** All leases that there are run out, unless they are renewed. */
  expire(): Promise<void>;
}

/** One controller, whose time is held by the test. */
class Controller implements AsyncDisposable {
  readonly controllerId = crypto.randomUUID();
  readonly clock = new ManualClock();
  readonly table: UnreliableOwnerTable;
  readonly ownership: LeasedOwnership;
  /** What it was told to have lost. */
  readonly lost: [string, bigint][] = [];

  constructor(readonly stage: Stage) {
    this.table = new UnreliableOwnerTable(stage.table());
    this.ownership = new LeasedOwnership({
      table: this.table,
      place: {
        controllerId: this.controllerId,
        endpoint: `https://${this.controllerId}.example:4433`,
        certificateHashes: [new Uint8Array(32).fill(7)],
      },
      clock: this.clock,
      log: createLogger("test"),
    });
    this.ownership.onLost((meetingId, epoch) => this.lost.push([meetingId, epoch]));
  }

  async own(meetingId: string): Promise<bigint> {
    const found = await this.ownership.acquire(meetingId);
    assert.equal(found.outcome, "owned");
    return (found as { epoch: bigint }).epoch;
  }

  /** Is cut off until its lease has run out. */
  async miss(): Promise<void> {
    this.table.isCut = true;
    this.clock.advance(LEASE_LIFETIME_MS);
    await this.stage.expire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.table.isCut = false;
    await this.ownership[Symbol.asyncDispose]();
  }
}

async function checkContract(t: Deno.TestContext, stage: Stage): Promise<void> {
  await t.step("the first owns a meeting, and the others are told where it is", async () => {
    await using first = new Controller(stage);
    await using second = new Controller(stage);
    const meetingId = await stage.addMeeting();
    assert.equal(await first.own(meetingId), 1n);
    assert.equal(await first.own(meetingId), 1n);
    assert.deepEqual(await second.ownership.acquire(meetingId), {
      outcome: "elsewhere",
      controller: {
        controllerId: first.controllerId,
        endpoint: `https://${first.controllerId}.example:4433`,
        certificateHashes: [new Uint8Array(32).fill(7)],
      },
    });
  });

  await t.step("of many who want a meeting at once one owns it", async () => {
    await using all = new AsyncDisposableStack();
    const controllers = Array.from({ length: CONTENDERS }, () => all.use(new Controller(stage)));
    const meetingId = await stage.addMeeting();
    const found = await Promise.all(
      controllers.map(({ ownership }) => ownership.acquire(meetingId)),
    );
    assert.equal(found.filter(({ outcome }) => outcome === "owned").length, 1);
    assert.equal(found.filter(({ outcome }) => outcome === "elsewhere").length, CONTENDERS - 1);
  });

  await t.step(
    "a meeting that is released has another owner at once, and a higher epoch",
    async () => {
      await using first = new Controller(stage);
      await using second = new Controller(stage);
      const meetingId = await stage.addMeeting();
      await first.ownership.release(meetingId, await first.own(meetingId));
      assert.equal(await second.own(meetingId), 2n);
      assert.deepEqual(first.lost, []);
    },
  );

  await t.step("another epoch's release changes nothing", async () => {
    await using first = new Controller(stage);
    await using second = new Controller(stage);
    const meetingId = await stage.addMeeting();
    const epoch = await first.own(meetingId);
    await first.ownership.release(meetingId, epoch + 1n);
    await second.ownership.release(meetingId, epoch);
    assert.equal((await second.ownership.acquire(meetingId)).outcome, "elsewhere");
  });

  await t.step(
    "a meeting whose owner's lease ran out is taken, and the owner hears of it before it acknowledges again",
    async () => {
      await using first = new Controller(stage);
      await using second = new Controller(stage);
      const [taken, kept] = [await stage.addMeeting(), await stage.addMeeting()];
      const epoch = await first.own(taken);
      await first.own(kept);
      await first.miss();
      assert.equal(first.ownership.mayAcknowledge(), false);
      assert.equal(await second.own(taken), epoch + 1n);

      first.table.isCut = false;
      assert.equal((await first.ownership.acquire(taken)).outcome, "elsewhere");
      assert.deepEqual(first.lost, [[taken, epoch]]);
      assert.equal(first.ownership.mayAcknowledge(), true);
      assert.equal(await first.own(kept), 1n);
    },
  );

  await t.step(
    "an owner who cannot renew stops after 2.5 s, and goes on with the same epoch",
    async () => {
      await using controller = new Controller(stage);
      const meetingId = await stage.addMeeting();
      const epoch = await controller.own(meetingId);
      controller.table.isCut = true;
      controller.clock.advance(ACKNOWLEDGEMENT_LIMIT_MS - 1);
      assert.equal(controller.ownership.mayAcknowledge(), true);
      controller.clock.advance(1);
      assert.equal(controller.ownership.mayAcknowledge(), false);
      await assert.rejects(controller.ownership.acquire(meetingId), OwnershipUnavailableError);

      controller.table.isCut = false;
      assert.equal(await controller.own(meetingId), epoch);
      assert.equal(controller.ownership.mayAcknowledge(), true);
      assert.deepEqual(controller.lost, []);
    },
  );

  await t.step(
    "whoever lost a meeting owns it under a higher epoch when it is free again",
    async () => {
      await using first = new Controller(stage);
      await using second = new Controller(stage);
      const meetingId = await stage.addMeeting();
      await first.own(meetingId);
      await first.miss();
      await second.ownership.release(meetingId, await second.own(meetingId));
      first.table.isCut = false;
      assert.equal(await first.own(meetingId), 3n);
      assert.deepEqual(first.lost, [[meetingId, 1n]]);
    },
  );

  await t.step("a release that failed is made up for at the next renewal", async () => {
    await using first = new Controller(stage);
    await using second = new Controller(stage);
    const meetingId = await stage.addMeeting();
    const epoch = await first.own(meetingId);
    first.table.isCut = true;
    await assert.rejects(first.ownership.release(meetingId, epoch), OwnershipUnavailableError);
    first.table.isCut = false;
    first.clock.advance(LEASE_RENEWAL_MS);
    let found = await second.ownership.acquire(meetingId);
    while (found.outcome === "elsewhere") found = await second.ownership.acquire(meetingId);
    assert.deepEqual(found, { outcome: "owned", epoch: epoch + 1n });
  });

  await t.step("nobody owns a meeting that has ended, or never was", async () => {
    await using controller = new Controller(stage);
    const meetingId = await stage.addMeeting();
    await stage.endMeeting(meetingId);
    assert.deepEqual(await controller.ownership.acquire(meetingId), { outcome: "ended" });
  });

  await t.step("a controller that ends leaves its meetings to the others at once", async () => {
    const meetingId = await stage.addMeeting();
    {
      await using first = new Controller(stage);
      await first.own(meetingId);
    }
    await using second = new Controller(stage);
    assert.equal(await second.own(meetingId), 2n);
  });
}

Deno.test("ownership within a process keeps the contract", async (t) => {
  const clock = new ManualClock();
  const table = new InProcessOwnerTable(clock);
  await checkContract(t, {
    table: () => table,
    addMeeting: () => Promise.resolve(crypto.randomUUID()),
    endMeeting: (meetingId) => Promise.resolve(table.end(meetingId)),
    expire: () => Promise.resolve(clock.advance(LEASE_LIFETIME_MS)),
  });
});

Deno.test("ownership in PostgreSQL keeps the contract", async (t) => {
  await using database = await databases.create();
  await using table = new PostgresOwnerTable(database.url);
  const { sql } = database;
  await checkContract(t, {
    table: () => table,
    addMeeting: () => addMeeting(sql),
    endMeeting: async (meetingId) => {
      await sql`UPDATE meetings SET ended_at = now() WHERE meeting_id = ${meetingId}`;
    },
    expire: async () => {
      await sql`UPDATE controller_leases SET expires_at = clock_timestamp()`;
    },
  });
});

Deno.test("in PostgreSQL, too, no two may acknowledge, whatever is late or lost", async () => {
  await using database = await databases.create();
  await using table = new PostgresOwnerTable(database.url);
  const seed = Number(Deno.env.get("DT_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`DT_SEED=${seed}`);
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  await using rivals = new RivalOwners({
    table,
    clock: systemClock,
    // A tenth of a meeting controller's, to see many takeovers.
    times: { lifetimeMs: 300, renewalMs: 100, retryMs: 25, acknowledgementLimitMs: 250 },
    random,
    rivals: 4,
    meetingIds: [await addMeeting(database.sql), await addMeeting(database.sql)],
  });
  await rivals.run(5_000);
  assert.ok(rivals.epochs > 1, "no meeting ever changed hands");
});

Deno.test("the global controller finds a meeting at its new owner, if it knows that controller", async () => {
  await using database = await databases.create();
  const { sql, url } = database;
  await using table = new PostgresOwnerTable(url);
  const [known, unknown] = [crypto.randomUUID(), crypto.randomUUID()];
  await sql`INSERT INTO meeting_controllers (controller_id, region, endpoint, rpc_endpoint)
    VALUES (${known}, 'local', 'https://known.example', 'http://known.example')`;
  const meetingId = await addMeeting(sql);
  const assigned = async (controllerId: string) => {
    await table.renew({ controllerId, endpoint: "", certificateHashes: [] }, LEASE_LIFETIME_MS);
    const found = await table.acquire(meetingId, controllerId, undefined);
    assert.equal(found.outcome, "owned");
    await table.depart(controllerId);
    const [row] = await sql`SELECT controller_id FROM meetings WHERE meeting_id = ${meetingId}`;
    return row!.controller_id;
  };
  assert.equal(await assigned(known), known);
  assert.equal(await assigned(unknown), known);
});

Deno.test("a lease that ran out long ago is swept, and its meetings are free", async () => {
  await using database = await databases.create();
  const { sql, url } = database;
  await using table = new PostgresOwnerTable(url);
  const [gone, stopped] = [crypto.randomUUID(), crypto.randomUUID()];
  const place = (controllerId: string) => ({ controllerId, endpoint: "", certificateHashes: [] });
  await table.renew(place(gone), LEASE_LIFETIME_MS);
  await table.renew(place(stopped), LEASE_LIFETIME_MS);
  const meetingId = await addMeeting(sql);
  await table.acquire(meetingId, gone, undefined);
  await sql`UPDATE controller_leases SET expires_at = now() -
    CASE WHEN controller_id = ${gone} THEN interval '2 hours' ELSE interval '2 minutes' END`;
  await table.sweep();
  assert.deepEqual([...await sql`SELECT controller_id FROM controller_leases`], [
    { controller_id: stopped },
  ]);
  assert.deepEqual(await table.renew(place(gone), LEASE_LIFETIME_MS), new Map());
  assert.deepEqual(await table.acquire(meetingId, stopped, undefined), {
    outcome: "owned",
    epoch: 2n,
  });
});

Deno.test("while PostgreSQL is away ownership is unavailable", async () => {
  // Nobody listens at the port of this address.
  await using table = new PostgresOwnerTable("postgres://nobody:none@127.0.0.1:1/none");
  await assert.rejects(
    table.acquire(crypto.randomUUID(), crypto.randomUUID(), undefined),
    OwnershipUnavailableError,
  );
});

Deno.test("a database that keeps silent is not waited for", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) silent.push(connection);
  })();
  {
    const url = `postgres://nobody:none@127.0.0.1:${listener.addr.port}/none`;
    await using table = new PostgresOwnerTable(url);
    await assert.rejects(
      table.renew({ controllerId: "", endpoint: "", certificateHashes: [] }, LEASE_LIFETIME_MS),
      OwnershipUnavailableError,
    );
  }
  listener.close();
  await accepting;
  for (const connection of silent) connection.close();
});

import assert from "node:assert/strict";
import postgres from "postgres";
import { eventually } from "../eventually.ts";
import { createMeeting } from "../guest.ts";
import { holdNewMeeting } from "../new_meeting.ts";
import { readAuditEvidence } from "./audit_evidence.ts";
import { ClientJournal, type JournalEntry } from "./client_journal.ts";
import { FailingStack } from "./failing_stack.ts";
import { findViolations } from "./invariants.ts";
import { JournaledGuest } from "./journaled_guest.ts";
import { measureResources } from "./used_resources.ts";

/** How much slower a wrong clock is, milliseconds. */
const SLOW_BY_MS = 60_000;
/** From the end of a fault until a new meeting works, milliseconds. */
const RECOVERY_LIMIT_MS = 20_000;
/** How long a change may take to be seen, milliseconds. */
const LOOK_LIMIT_MS = 10_000;

const second = { name: "meeting-controller", instance: 1 } as const;

Deno.test("the kit breaks and mends what a meeting stands on", async (t) => {
  let slowByMs = 0;
  await using failing = await FailingStack.start({
    settles: true,
    clockShiftMs: ({ name, instance }) =>
      name === "meeting-controller" && instance === 1 ? -slowByMs : 0,
  });
  const { stack, stores, lines } = failing;
  const leases = async () => {
    const sql = postgres(stores.databaseUrl, { max: 1, onnotice: () => {} });
    try {
      const rows = await sql<{ alive: boolean }[]>`
        SELECT expires_at > clock_timestamp() AS alive FROM controller_leases`;
      return rows.filter(({ alive }) => alive).length;
    } finally {
      await sql.end();
    }
  };
  const untilLeases = (count: number) =>
    eventually(`${count} leases live`, LOOK_LIMIT_MS, async () => await leases() === count);

  await t.step("a region has two meeting controllers, each with a lease", async () => {
    await untilLeases(2);
    await holdNewMeeting(failing.url, RECOVERY_LIMIT_MS);
  });

  await t.step("a process that is stopped loses its lease, and goes on", async () => {
    failing.stop(second);
    await untilLeases(1);
    failing.continue(second);
    await untilLeases(2);
  });

  for (const fault of ["cut", "blackhole"] as const) {
    await t.step(`a way to PostgreSQL that is a ${fault} costs one its lease`, async () => {
      const { postgres: path } = failing.pathsOf(second);
      path[fault]();
      await untilLeases(1);
      path.heal();
      await untilLeases(2);
    });
  }

  await t.step("PostgreSQL crashes and recovers, and Redis comes back empty", async () => {
    await Promise.all([stores.restartPostgres(), stores.restartRedis()]);
    await untilLeases(2);
    await holdNewMeeting(failing.url, RECOVERY_LIMIT_MS);
  });

  await t.step("the owner of a meeting is known, and ends and starts again", async () => {
    await holdNewMeeting(failing.url, RECOVERY_LIMIT_MS);
    const owner = failing.ownerOf(lines.named("meeting owned").at(-1)!.meetingId!);
    const service = stack.service(owner.name, owner.region, owner.instance);
    const used = await measureResources("owner", service, stores.redisUrl);
    assert.ok(used.memoryBytes > 1e7 && used.descriptors > 3 && used.redisKeys > 0);
    await failing.kill(owner);
    await untilLeases(1);
    await failing.start(owner);
    await untilLeases(2);
  });

  await t.step("a process may have a wrong clock, and holds its lease with it", async () => {
    await failing.kill(second);
    await untilLeases(1);
    slowByMs = SLOW_BY_MS;
    await failing.start(second);
    assert.ok(Date.now() - failing.timeSaidBy(second) > SLOW_BY_MS, "its clock is slow");
    await untilLeases(2);
  });

  await t.step("what people and servers noticed of all this breaks no promise", async () => {
    const code = await createMeeting(failing.url);
    const [adas, bobs] = [new ClientJournal("Ada"), new ClientJournal("Bob")];
    await using ada = new JournaledGuest(failing.url, code, adas);
    await using bob = new JournaledGuest(failing.url, code, bobs);
    await ada.join("Ada");
    await bob.join("Bob");
    await ada.until("Ada sees Bob", () => ada.participant("Bob")?.connection === "connected");
    await bob.leave();
    await ada.until("Bob is gone", () => ada.participant("Bob") === undefined);
    adas.noteRoster(ada.state);
    const evidence = {
      journals: [adas, bobs],
      events: lines.events,
      audit: await readAuditEvidence(stores.databaseUrl),
      // Nothing had to be recovered from while they were there.
      recoveredAtMs: 0,
    };
    assert.deepEqual(findViolations(evidence), []);
    const kinds = new Set([...adas.entries, ...bobs.entries].map(({ event }) => event));
    assert.ok(
      ["acknowledged", "epoch", "session opened", "session closed", "roster"].every((event) =>
        kinds.has(event as JournalEntry["event"])
      ),
      [...kinds].join(),
    );
  });
});

import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { MeetingSettings } from "../meeting/meeting_settings.ts";
import { LEASE_LIFETIME_MS } from "../ownership/meeting_ownership.ts";
import { InProcessOwnerTable } from "../ownership/in_process_owner_table.ts";
import type { OwnerTable } from "../ownership/owner_table.ts";
import { PostgresOwnerTable } from "../ownership/postgres_owner_table.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { addMeeting } from "../testing/test_meetings.ts";
import { InProcessFactTable, InProcessMeetingFacts } from "./in_process_meeting_facts.ts";
import {
  type Ban,
  FactsUnavailableError,
  type GivenRole,
  type MeetingFacts,
  type ModerationAction,
  type ModerationDeed,
  SupersededOwnerError,
} from "./meeting_facts.ts";
import { PostgresMeetingFacts } from "./postgres_meeting_facts.ts";

const databases = testDatabases();

const SETTINGS: MeetingSettings = {
  displayName: "Stand-up",
  maxParticipants: 12,
  e2eEncryption: true,
  locked: false,
  lobbyEnabled: false,
};
const ACTOR = crypto.randomUUID();

/** Facts, and what they are of. */
interface Stage {
  readonly owners: OwnerTable;
  facts(controllerId: string): MeetingFacts;
  addMeeting(): Promise<string>;
  /** An account. */
  addUser(): Promise<string>;
  /** The ids of all recorded actions, in their order. */
  actions(meetingId: string): Promise<string[]>;
}

function action(deed: ModerationDeed, subjectId?: string): ModerationAction {
  return {
    actionId: crypto.randomUUID(),
    actor: { participantId: ACTOR, name: "O'Hara <b>", userId: "" },
    subject: subjectId === undefined ? undefined : { participantId: subjectId, name: "Bo" },
    deed,
  };
}

function give(given: GivenRole): ModerationAction {
  return action({ action: "change_role", given }, given.participantId);
}

/** A meeting that a controller owns. */
async function ownedMeeting({ owners, facts, addMeeting }: Stage) {
  const controllerId = crypto.randomUUID();
  const meetingId = await addMeeting();
  const place = { controllerId, endpoint: "", certificateHashes: [] };
  await owners.renew(place, LEASE_LIFETIME_MS);
  const found = await owners.acquire(meetingId, controllerId, undefined);
  assert.deepEqual(found, { outcome: "owned", epoch: 1n });
  const own = facts(controllerId);
  return {
    meetingId,
    controllerId,
    facts: own,
    record: (...actions: ModerationAction[]) => own.record(meetingId, 1n, actions),
    load: () => own.load(meetingId),
  };
}

async function checkContract(t: Deno.TestContext, stage: Stage): Promise<void> {
  await t.step("a meeting is known with its settings, and one that never was is not", async () => {
    const meeting = await ownedMeeting(stage);
    assert.deepEqual(await meeting.load(), { settings: SETTINGS, roles: [], bans: [] });
    assert.equal(await meeting.facts.load(crypto.randomUUID()), undefined);
  });

  await t.step("a lock and a lobby outlive the controller", async () => {
    const meeting = await ownedMeeting(stage);
    await meeting.record(action({ action: "lock" }), action({ action: "enable_lobby" }));
    const settings = { ...SETTINGS, locked: true, lobbyEnabled: true };
    assert.deepEqual((await meeting.load())?.settings, settings);
    await meeting.record(action({ action: "unlock" }));
    assert.deepEqual((await meeting.load())?.settings, { ...settings, locked: false });
  });

  await t.step("of what is recorded together the last counts", async () => {
    const meeting = await ownedMeeting(stage);
    const [participantId, userId] = [crypto.randomUUID(), ""];
    await meeting.record(
      action({ action: "lock" }),
      give({ participantId, userId, role: "host" }),
      action({ action: "unlock" }),
      give({ participantId, userId, role: "co_host" }),
    );
    const known = await meeting.load();
    assert.equal(known?.settings.locked, false);
    assert.deepEqual(known?.roles, [{ participantId, userId, role: "co_host" }]);
  });

  await t.step(
    "a person with an account has the role that was given last, whoever it was given to",
    async () => {
      const meeting = await ownedMeeting(stage);
      const userId = await stage.addUser();
      const [laptop, phone, guest] = [
        crypto.randomUUID(),
        crypto.randomUUID(),
        crypto.randomUUID(),
      ];
      await meeting.record(give({ participantId: laptop, userId, role: "host" }));
      await meeting.record(give({ participantId: guest, userId: "", role: "co_host" }));
      await meeting.record(give({ participantId: phone, userId, role: "participant" }));
      assert.deepEqual((await meeting.load())?.roles, [
        { participantId: guest, userId: "", role: "co_host" },
        { participantId: phone, userId, role: "participant" },
      ]);
    },
  );

  await t.step("a ban is known with all by which the person is", async () => {
    const meeting = await ownedMeeting(stage);
    const ban: Ban = {
      participantId: crypto.randomUUID(),
      participantName: "Robert'); DROP TABLE meetings;--",
      userId: await stage.addUser(),
      userReference: "staff-7",
      guestId: "guest",
      network: "network",
    };
    await meeting.record(action({ action: "ban", ban }, ban.participantId));
    const again = { ...ban, participantName: "another" };
    await meeting.record(action({ action: "ban", ban: again }, ban.participantId));
    assert.deepEqual((await meeting.load())?.bans, [ban]);
  });

  await t.step("an action that is recorded again has no effect any more", async () => {
    const meeting = await ownedMeeting(stage);
    const lock = action({ action: "lock" });
    const unlock = action({ action: "unlock" });
    const mute = action({ action: "mute", detail: "audio" }, crypto.randomUUID());
    await meeting.record(lock, mute);
    await meeting.record(unlock);
    await meeting.record(lock, mute);
    assert.equal((await meeting.load())?.settings.locked, false);
    assert.deepEqual(
      await stage.actions(meeting.meetingId),
      [lock, mute, unlock].map(({ actionId }) => actionId),
    );
  });

  await t.step("a controller that is not the owner any more records nothing", async () => {
    const meeting = await ownedMeeting(stage);
    const other = stage.facts(crypto.randomUUID());
    const lock = action({ action: "lock" });
    await assert.rejects(other.record(meeting.meetingId, 1n, [lock]), SupersededOwnerError);
    await assert.rejects(
      meeting.facts.record(meeting.meetingId, 2n, [lock]),
      SupersededOwnerError,
    );
    await stage.owners.release(meeting.meetingId, meeting.controllerId, 1n);
    await assert.rejects(meeting.record(lock), SupersededOwnerError);
    assert.deepEqual(await stage.actions(meeting.meetingId), []);
    assert.equal((await meeting.load())?.settings.locked, false);
  });

  await t.step("a meeting that a host ended is known no more, and has no owner again", async () => {
    const meeting = await ownedMeeting(stage);
    await meeting.record(action({ action: "end_meeting" }));
    assert.equal(await meeting.load(), undefined);
    const found = await stage.owners.acquire(meeting.meetingId, meeting.controllerId, undefined);
    assert.deepEqual(found, { outcome: "ended" });
  });
}

Deno.test("facts within a process keep the contract", async (t) => {
  const owners = new InProcessOwnerTable(new ManualClock());
  const table = new InProcessFactTable(owners);
  await checkContract(t, {
    owners,
    facts: (controllerId) => new InProcessMeetingFacts({ table, controllerId }),
    addMeeting: () => {
      const meetingId = crypto.randomUUID();
      table.put(meetingId, SETTINGS);
      return Promise.resolve(meetingId);
    },
    addUser: () => Promise.resolve(crypto.randomUUID()),
    actions: (meetingId) =>
      Promise.resolve(table.actionsOf(meetingId).map(({ actionId }) => actionId)),
  });
});

Deno.test("facts in PostgreSQL keep the contract", async (t) => {
  await using database = await databases.create();
  await using resources = new AsyncDisposableStack();
  const { sql, url } = database;
  await checkContract(t, {
    owners: resources.use(new PostgresOwnerTable(url)),
    facts: (controllerId) =>
      resources.use(new PostgresMeetingFacts({ databaseUrl: url, controllerId })),
    addMeeting: () => addMeeting(sql),
    addUser: async () => {
      const [user] = await sql`INSERT INTO users (email)
        VALUES (${`${crypto.randomUUID()}@people.example`}) RETURNING user_id`;
      return user!.user_id;
    },
    actions: async (meetingId) => {
      const rows = await sql`SELECT action_id FROM moderation_actions
        WHERE meeting_id = ${meetingId} ORDER BY occurred_at`;
      return rows.map((row) => row.action_id);
    },
  });
});

/** A meeting in PostgreSQL that one controller owns, with what another one needs to take it. */
async function storedMeeting(resources: AsyncDisposableStack) {
  const { sql, url } = resources.use(await databases.create());
  const owners = resources.use(new PostgresOwnerTable(url));
  const meeting = await ownedMeeting({
    owners,
    facts: (controllerId) =>
      resources.use(new PostgresMeetingFacts({ databaseUrl: url, controllerId })),
    addMeeting: () => addMeeting(sql),
    addUser: () => Promise.reject(new Error("nobody has an account")),
    actions: () => Promise.resolve([]),
  });
  return { ...meeting, owners, sql };
}

Deno.test("a changed meeting has a new version, and one that stayed as it was has not", async () => {
  await using resources = new AsyncDisposableStack();
  const { sql, record, meetingId } = await storedMeeting(resources);
  const version = async () => {
    const [row] = await sql`SELECT version FROM meetings WHERE meeting_id = ${meetingId}`;
    return row!.version;
  };
  await record(action({ action: "lock" }));
  assert.equal(await version(), 2);
  await record(action({ action: "lock" }), action({ action: "mute", detail: "audio" }));
  assert.equal(await version(), 2);
  await record(action({ action: "end_meeting" }));
  assert.equal(await version(), 3);
});

Deno.test("an action has its row as the audit log wants it", async () => {
  await using resources = new AsyncDisposableStack();
  const { sql, record, meetingId } = await storedMeeting(resources);
  const participantId = crypto.randomUUID();
  const change = give({ participantId, userId: crypto.randomUUID(), role: "co_host" });
  await record({ ...change, actor: { ...change.actor, userId: crypto.randomUUID() } });
  const [row] = await sql`SELECT * FROM moderation_actions WHERE meeting_id = ${meetingId}`;
  const { occurred_at: occurredAt, ...columns } = row!;
  assert.ok(occurredAt instanceof Date);
  assert.deepEqual(columns, {
    action_id: change.actionId,
    meeting_id: meetingId,
    epoch: "1",
    action: "change_role",
    actor_participant_id: ACTOR,
    actor_name: "O'Hara <b>",
    // Accounts that were deleted meanwhile.
    actor_user_id: null,
    subject_participant_id: participantId,
    subject_name: "Bo",
    detail: "co_host",
    recorded_at: null,
  });
});

Deno.test("who takes the meeting while an action is recorded comes before it, and it is refused", async () => {
  await using resources = new AsyncDisposableStack();
  const { sql, record, meetingId, load } = await storedMeeting(resources);
  const taking = Promise.withResolvers<void>();
  const taken = sql.begin(async (tx) => {
    await tx`UPDATE meeting_owners SET epoch = epoch + 1 WHERE meeting_id = ${meetingId}`;
    taking.resolve();
    // Until the other one waits for the row.
    while (true) {
      const [waiting] = await sql`SELECT FROM pg_locks WHERE NOT granted`;
      if (waiting !== undefined) return;
    }
  });
  await taking.promise;
  await assert.rejects(record(action({ action: "lock" })), SupersededOwnerError);
  await taken;
  assert.equal((await load())?.settings.locked, false);
});

Deno.test("while PostgreSQL is away the facts are unavailable", async () => {
  const databaseUrl = "postgres://nobody:none@127.0.0.1:1/none";
  await using facts = new PostgresMeetingFacts({ databaseUrl, controllerId: crypto.randomUUID() });
  await assert.rejects(facts.load(crypto.randomUUID()), FactsUnavailableError);
  await assert.rejects(facts.record(crypto.randomUUID(), 1n, []), FactsUnavailableError);
});

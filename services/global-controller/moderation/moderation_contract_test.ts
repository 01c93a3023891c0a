import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { composeTestApi, startTestApi, type TestApi } from "../testing/test_api.ts";
import { TestLeases } from "../testing/test_leases.ts";
import { testController } from "../testing/test_servers.ts";

const databases = testDatabases();

/** The API with a meeting of acme's, in which Bob is, and what its controller writes. */
async function open() {
  const api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const create = async (as?: typeof acme.member): Promise<string> =>
    (await (await api.request("POST", "/api/v1/meetings", { as, body: {} })).json()).meeting_id;
  const meetingId = await create(acme.member);
  const bob = crypto.randomUUID();
  const join = async (meeting: string, participantId: string) => {
    await api.meetings.recordParticipants(api.controller.controllerId, [{
      participantId,
      meetingId: meeting,
      name: "Bob",
      role: "participant",
      userId: null,
      userReference: "",
      joinedAt: new Date(),
      arrival: { epoch: 1n, at: new Date() },
      departure: null,
    }]);
  };
  await join(meetingId, bob);
  const act = async (action: string, more: Record<string, string> = {}): Promise<string> => {
    const actionId = crypto.randomUUID();
    await api.sql`INSERT INTO moderation_actions ${
      api.sql({
        action_id: actionId,
        meeting_id: meetingId,
        epoch: "1",
        action,
        actor_participant_id: crypto.randomUUID(),
        actor_name: "Ada",
        ...more,
      })
    }`;
    return actionId;
  };
  return Object.assign(api, { acme, create, meetingId, bob, join, act });
}

type Given = Awaited<ReturnType<typeof open>>;

/** The meeting controller ends the meeting together with the action, as its facts do. */
async function endByHost({ sql }: Given, meetingId: string): Promise<void> {
  await sql`
    WITH ended AS (
      UPDATE meetings SET ended_at = coalesce(ended_at, now()), version = version + 1
      WHERE meeting_id = ${meetingId}
    )
    INSERT INTO moderation_actions
      (action_id, meeting_id, epoch, action, actor_participant_id, occurred_at)
    VALUES (gen_random_uuid(), ${meetingId}, 1, 'end_meeting', gen_random_uuid(), now())`;
}

async function audited({ sql }: TestApi) {
  const rows = await sql<{ actor: string; action: string; target: string }[]>`
    SELECT actor, action, target FROM audit_log
    WHERE action NOT IN ('meeting.created') ORDER BY sequence`;
  return rows.map((row) => ({ ...row }));
}

async function events({ sql }: TestApi, like = "%") {
  const rows = await sql<{ event_type: string; payload: Record<string, unknown> }[]>`
    SELECT event_type, payload FROM webhook_events
    WHERE event_type LIKE ${like} AND event_type <> 'meeting.created'
    ORDER BY created_at, event_type`;
  return rows.map(({ event_type: type, payload }) => ({ type, payload }));
}

const types = async (api: TestApi, like?: string) =>
  (await events(api, like)).map(({ type }) => type);

Deno.test("what a moderator did is in the audit log, with who did it to whom", async () => {
  await using api = await open();
  const { act, bob, acme, meetingId } = api;
  const subject = { subject_participant_id: bob, subject_name: "Bob" };
  const actor = { actor_user_id: acme.member.userId };
  const ada = crypto.randomUUID();
  await act("mute", { ...subject, actor_participant_id: ada, detail: "audio" });
  await act("mute", { ...actor, detail: "audio" });
  await act("ban", { ...subject, ...actor });
  await api.moderation.recordAll();
  const log = await audited(api);
  assert.deepEqual(log, [
    { actor: `participant:${ada}`, action: "participant.muted", target: `participant:${bob}` },
    {
      actor: `user:${acme.member.userId}`,
      action: "participant.muted",
      target: `meeting:${meetingId}`,
    },
    {
      actor: `user:${acme.member.userId}`,
      action: "participant.banned",
      target: `participant:${bob}`,
    },
  ]);
  const [{ details }] = await api.sql<[{ details: Record<string, string> }]>`
    SELECT details FROM audit_log WHERE action = 'participant.muted' ORDER BY sequence LIMIT 1`;
  const { actor_name, name, detail } = details;
  assert.deepEqual([actor_name, name, detail], ["Ada", "Bob", "audio"]);
  await api.moderation.recordAll();
  assert.equal((await audited(api)).length, log.length, "once");
});

Deno.test("webhooks are told of removals, new roles, locks and the lobby, and of nothing else", async () => {
  await using api = await open();
  const { act, bob, meetingId } = api;
  const subject = { subject_participant_id: bob, subject_name: "Bob" };
  for (const action of ["mute", "stop_stream", "lower_hand", "admit", "deny"]) {
    await act(action, subject);
  }
  await act("remove", subject);
  await act("ban", subject);
  await act("change_role", { ...subject, detail: "co_host" });
  await api.sql`UPDATE meetings SET locked = true WHERE meeting_id = ${meetingId}`;
  await act("lock");
  await api.moderation.recordAll();
  assert.deepEqual((await types(api)).sort(), [
    "meeting.updated",
    "participant.joined",
    "participant.removed",
    "participant.removed",
    "participant.role_changed",
    "session.started",
  ]);
  const removed = await events(api, "participant.removed");
  assert.deepEqual(removed.map(({ payload }) => payload.banned).sort(), [false, true]);
  const [role] = await events(api, "participant.role_changed");
  assert.deepEqual([role!.payload.participant_id, role!.payload.role], [bob, "co_host"]);
  const [updated] = await events(api, "meeting.updated");
  assert.equal(updated!.payload.locked, true);
});

Deno.test("attendance shows a new role, and who was put out has no good token any more", async () => {
  await using api = await open();
  const { act, bob, acme, meetingId } = api;
  const token = await api.request("POST", `/api/v1/meetings/${meetingId}/join`, { body: {} });
  const { participant_id: mallory } = await token.json();
  await act("change_role", { subject_participant_id: bob, detail: "co_host" });
  await act("remove", { subject_participant_id: mallory });
  await api.moderation.recordAll();
  const path = `/api/v1/meetings/${meetingId}`;
  const get = async (list: string) =>
    await (await api.request("GET", `${path}/${list}`, { as: acme.member })).json();
  assert.equal((await get("participants")).participants[0].role, "co_host");
  const { tokens: [record] } = await get("tokens");
  assert.equal(record.participant_id, mallory);
  assert.notEqual(record.revoked_at, null);
});

Deno.test("a meeting that a host ends there ends as by the API: people, run, webhooks, controllers", async () => {
  await using api = await open();
  const { meetingId } = api;
  const leases = new TestLeases(api.sql);
  const owner = testController("owner");
  await api.registry.registerController(owner);
  await leases.own(meetingId, owner, 1n);
  await endByHost(api, meetingId);
  await api.moderation.recordAll();
  await api.moderation.recordAll();
  assert.deepEqual((await types(api)).sort(), [
    "meeting.ended",
    "participant.joined",
    "participant.left",
    "session.ended",
    "session.started",
  ]);
  const [left] = await events(api, "participant.left");
  assert.equal(left!.payload.reason, "meeting_ended");
  assert.deepEqual((await audited(api)).map(({ action }) => action), ["meeting.ended"]);
  assert.deepEqual(api.controllers.ended, [`${owner.rpcEndpoint} ${meetingId}`]);
  assert.equal((await api.meetings.find({ meetingId }))?.participantCount, 0);
});

Deno.test("an end by the API and by a host at the same time is told once", async () => {
  await using api = await open();
  const { meetingId, acme } = api;
  await api.request("DELETE", `/api/v1/meetings/${meetingId}`, { as: acme.member });
  await api.sql`UPDATE meetings SET ended_at = ended_at - interval '1 second',
    created_at = created_at - interval '2 seconds'`;
  await endByHost(api, meetingId);
  await api.moderation.recordAll();
  assert.equal((await types(api, "meeting.ended")).length, 1);
  const other = await api.create(acme.member);
  await endByHost(api, other);
  await api.request("DELETE", `/api/v1/meetings/${other}`, { as: acme.member });
  await api.moderation.recordAll();
  assert.equal((await types(api, "meeting.ended")).length, 2);
});

Deno.test("in a guest's meeting nothing is told to anybody, and it ends all the same", async () => {
  await using api = await open();
  const meetingId = await api.create();
  const guest = crypto.randomUUID();
  await api.join(meetingId, guest);
  const before = await events(api);
  await api.act("mute", { meeting_id: meetingId });
  await endByHost(api, meetingId);
  await api.moderation.recordAll();
  assert.deepEqual(await audited(api), []);
  assert.deepEqual(await events(api), before);
  assert.equal((await api.meetings.find({ meetingId }))?.participantCount, 0);
  const waiting = await api.sql`SELECT FROM moderation_actions WHERE recorded_at IS NULL`;
  assert.equal(waiting.count, 0);
});

Deno.test("of many who record at once each action is taken by one, also what waited since before", async () => {
  await using api = await open();
  const { sql, meetingId, bob } = api;
  await sql`
    INSERT INTO moderation_actions (action_id, meeting_id, epoch, action, actor_participant_id,
      subject_participant_id, occurred_at)
    SELECT gen_random_uuid(), ${meetingId}, 1, CASE WHEN n % 5 = 0 THEN 'remove' ELSE 'mute' END,
      gen_random_uuid(), ${bob}, now() - interval '1 hour' + n * interval '1 second'
    FROM generate_series(1, 350) n`;
  const others = await Promise.all([composeTestApi(sql), composeTestApi(sql)]);
  const recorders = [api, ...others].map(({ moderation }) => moderation);
  await Promise.all([...recorders, ...recorders].map((recorder) => recorder.recordAll()));
  await api.moderation.recordAll();
  const [{ entries, distinct_actions: distinct }] = await sql<
    [{ entries: number; distinct_actions: number }]
  >`
    SELECT count(*)::int AS entries,
      count(DISTINCT details::jsonb->>'action_id')::int AS distinct_actions
    FROM audit_log WHERE action IN ('participant.muted', 'participant.removed')`;
  assert.deepEqual([entries, distinct], [350, 350]);
  assert.equal((await types(api, "participant.removed")).length, 70);
});

Deno.test("an action whose recording fails in between is recorded whole the next time", async () => {
  await using api = await open();
  const { sql, act, bob } = api;
  await act("remove", { subject_participant_id: bob });
  await sql`ALTER TABLE moderation_actions ADD CONSTRAINT broken CHECK (recorded_at IS NULL)`;
  await assert.rejects(api.moderation.recordAll());
  assert.deepEqual([await audited(api), await types(api, "participant.removed")], [[], []]);
  await sql`ALTER TABLE moderation_actions DROP CONSTRAINT broken`;
  await api.moderation.recordAll();
  assert.equal((await audited(api)).length, 1);
  assert.equal((await types(api, "participant.removed")).length, 1);
});

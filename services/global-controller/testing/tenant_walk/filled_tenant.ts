import assert from "node:assert/strict";
import type { TokenHolder } from "../../auth/token/access_token.ts";
import { PostgresEventPublisher } from "../../webhook/postgres_event_publisher.ts";
import type { TestApi } from "../test_api.ts";
import { NO_SECRET_HASH, type TestTenant } from "../test_tenant.ts";

/** How many there are of what lists show, so that each list has a second page. */
const COPIES = 2;
const WEBHOOK_URL = "http://127.0.0.1:9/";

/** An organisation that has at least one of everything, by the ids under which it has it. */
export interface FilledTenant {
  readonly tenant: TestTenant;
  /** What each text of the organisation holds. */
  readonly mark: string;
  readonly slug: string;
  readonly ownerId: string;
  readonly ownerEmail: string;
  /** The member's: with a passcode, in a room, with everything that a meeting can have. */
  readonly meetingId: string;
  readonly meetingCode: string;
  /** The member's too, for whoever knows its link. */
  readonly openMeetingId: string;
  readonly roomId: string;
  readonly roomSlug: string;
  readonly meetingSessionId: string;
  readonly loginSessionId: string;
  readonly participantId: string;
  readonly banId: string;
  readonly tokenId: string;
  readonly guestLinkId: string;
  readonly recordingId: string;
  readonly invitationId: string;
  readonly clientId: string;
  readonly keyId: string;
  readonly endpointId: string;
  readonly deliveryId: string;
  readonly eventId: string;
  /** Under which, and with what, the member created the open meeting. */
  readonly idempotencyKey: string;
  readonly idempotentBody: unknown;
}

/** Makes the organisation through the API, and in SQL what only other services tell of. */
export async function fillTenant(api: TestApi, mark: string): Promise<FilledTenant> {
  const tenant = await api.tenant(`${mark}-tenant`);
  const maker = new Maker(api, tenant);
  await nameUsers(api, tenant, mark);
  const credentials = await makeCredentials(maker, mark);
  const webhooks = await makeWebhooks(maker, mark);
  const meetings = await makeMeetings(maker, mark);
  const attendance = await makeAttendance(api, tenant, meetings.meetingId, mark);
  const banId = await makeModeration(api, tenant, meetings.meetingId, mark);
  await makeWaysIn(api, tenant, mark);
  await maker.create("/api/v1/organisation/invitations", {
    email: `second@${mark}.example`,
    role: "member",
  });
  const publisher = new PostgresEventPublisher(api.sql);
  for (let copy = 0; copy < COPIES; copy++) {
    const { organisationId } = tenant;
    const data = { display_name: `${mark}-event-${copy}` };
    await publisher.publish({ organisationId, type: "meeting.updated", data });
  }
  const [event] = await api.sql`SELECT event_id FROM webhook_events ORDER BY created_at LIMIT 1`;
  return {
    tenant,
    mark,
    slug: `${mark}-tenant`,
    ownerId: tenant.owner.userId,
    ownerEmail: `owner@${mark}-tenant.example`,
    loginSessionId: tenant.owner.sessionId,
    ...credentials,
    ...webhooks,
    ...meetings,
    ...attendance,
    banId,
    eventId: event!.event_id,
  };
}

/** Creates things through the API, the administrator's unless it is said otherwise. */
class Maker {
  constructor(readonly api: TestApi, readonly tenant: TestTenant) {}

  // deno-lint-ignore no-explicit-any -- the answers of many routes
  async create(path: string, body?: unknown, { as, headers }: CreateOptions = {}): Promise<any> {
    const holder = as ?? this.tenant.admin;
    const response = await this.api.request("POST", path, { as: holder, body, headers });
    const text = await response.text();
    assert.ok(response.ok, `POST ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }

  /** One for each of `COPIES`; answers the first. */
  // deno-lint-ignore no-explicit-any -- the answers of many routes
  async createCopies(path: string, bodyOf: (copy: number) => unknown): Promise<any> {
    const made = [];
    for (let copy = 0; copy < COPIES; copy++) made.push(await this.create(path, bodyOf(copy)));
    return made[0];
  }
}

interface CreateOptions {
  readonly as?: TokenHolder;
  readonly headers?: Record<string, string>;
}

async function nameUsers({ sql }: TestApi, tenant: TestTenant, mark: string): Promise<void> {
  const { owner, organisationId } = tenant;
  await sql`UPDATE users SET display_name = ${`${mark}-name-`} || display_name,
      locale = ${`${mark}-locale`}, time_zone = ${`${mark}-zone`}
    WHERE user_id IN (SELECT user_id FROM memberships WHERE organisation_id = ${organisationId})`;
  const agent = `${mark}-browser`;
  await sql`UPDATE login_sessions SET user_agent = ${agent} WHERE user_id = ${owner.userId}`;
  await sql`INSERT INTO login_sessions
      (session_id, user_id, family_hash, refresh_hash, expires_at, user_agent)
    SELECT gen_random_uuid(), user_id, sha256(family_hash), sha256(refresh_hash), expires_at, ${agent}
    FROM login_sessions WHERE session_id = ${owner.sessionId}`;
  // Its owner is in another organisation as well, for the list of memberships.
  const [second] = await sql`INSERT INTO organisations (slug, name)
    VALUES (${`${mark}-second`}, ${`${mark}-second-name`}) RETURNING organisation_id`;
  await sql`INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${second!.organisation_id}, ${owner.userId}, 'member')`;
}

async function makeCredentials(maker: Maker, mark: string) {
  const invitation = await maker.create("/api/v1/organisation/invitations", {
    email: `first@${mark}.example`,
    role: "member",
  });
  const scopes = ["meetings:read"];
  const client = await maker.createCopies(
    "/api/v1/organisation/api-clients",
    (copy) => ({ name: `${mark}-client-${copy}`, scopes }),
  );
  const key = await maker.createCopies(
    "/api/v1/organisation/api-keys",
    (copy) => ({ name: `${mark}-key-${copy}`, scopes }),
  );
  return {
    invitationId: invitation.invitation_id,
    clientId: client.client_id,
    keyId: key.key_id,
  };
}

async function makeWebhooks(maker: Maker, mark: string) {
  const endpoint = await maker.createCopies("/api/v1/webhook-endpoints", (copy) => ({
    url: `${WEBHOOK_URL}${mark}-hook-${copy}`,
    description: `${mark}-endpoint-${copy}`,
  }));
  const endpointId = endpoint.endpoint_id;
  const delivery = await maker.createCopies(
    `/api/v1/webhook-endpoints/${endpointId}/test`,
    () => undefined,
  );
  return { endpointId, deliveryId: delivery.delivery_id };
}

async function makeMeetings(maker: Maker, mark: string) {
  const as = maker.tenant.member;
  const roomSlug = `${mark}-room-0`;
  const room = await maker.createCopies("/api/v1/rooms", (copy) => ({
    slug: `${mark}-room-${copy}`,
    display_name: `${mark}-room-name-${copy}`,
    configuration: { description: `${mark}-room-description-${copy}` },
  }));
  const idempotencyKey = `${mark}-key-of-the-meeting`;
  const meeting = await maker.create("/api/v1/meetings", {
    display_name: `${mark}-meeting-name`,
    description: `${mark}-meeting-description`,
    passcode: `${mark}-passcode`,
    region: "local",
    settings: { recording_enabled: true },
  }, { as });
  const idempotentBody = { description: `${mark}-open-meeting-description` };
  const headers = { "Idempotency-Key": idempotencyKey };
  const openMeeting = await maker.create("/api/v1/meetings", idempotentBody, { as, headers });
  await maker.create(`/api/v1/rooms/${roomSlug}/meeting`);
  const path = `/api/v1/meetings/${meeting.meeting_id}`;
  const token = await maker.createCopies(`${path}/tokens`, (copy) => ({
    participant_name: `${mark}-expected-name-${copy}`,
    user_reference: `${mark}-token-reference-${copy}`,
  }));
  const link = await maker.createCopies(
    `${path}/guest-links`,
    (copy) => ({ label: `${mark}-link-${copy}` }),
  );
  const recording = await maker.createCopies(
    `${path}/recordings`,
    (copy) => ({ media_type: `video/${mark}-${copy}` }),
  );
  await maker.api.sql`UPDATE recordings SET location = ${`s3://${mark}-location`}`;
  return {
    idempotencyKey,
    idempotentBody,
    roomId: room.room_id,
    roomSlug,
    meetingId: meeting.meeting_id,
    meetingCode: meeting.meeting_code,
    openMeetingId: openMeeting.meeting_id,
    tokenId: token.token_id,
    guestLinkId: link.link_id,
    recordingId: recording.recording_id,
  };
}

/** What a meeting controller reports. */
async function makeAttendance(
  { sql, controller }: TestApi,
  { owner }: TestTenant,
  meetingId: string,
  mark: string,
) {
  const sessions = [crypto.randomUUID(), crypto.randomUUID()];
  await sql`INSERT INTO meeting_sessions (session_id, meeting_id, started_at, ended_at)
    VALUES (${sessions[1]!}, ${meetingId}, now() - interval '2 hours', now() - interval '1 hour'),
      (${sessions[0]!}, ${meetingId}, now() - interval '1 minute', NULL)`;
  const participants = [crypto.randomUUID(), crypto.randomUUID()];
  for (const participantId of participants) {
    await sql`INSERT INTO participants (participant_id, meeting_id, controller_id, name, joined_at,
        session_id, user_id, user_reference, role)
      VALUES (${participantId}, ${meetingId}, ${controller.controllerId}, ${`${mark}-participant`},
        now() - interval '1 minute', ${sessions[
      0
    ]!}, ${owner.userId}, ${`${mark}-reference`}, 'host')`;
  }
  await sql`UPDATE meetings SET occupied = true WHERE meeting_id = ${meetingId}`;
  return { meetingSessionId: sessions[0]!, participantId: participants[0]! };
}

/** What a meeting controller writes of who runs the meeting. @returns the id of a ban. */
async function makeModeration(
  { sql }: TestApi,
  { owner }: TestTenant,
  meetingId: string,
  mark: string,
): Promise<string> {
  // Released: whoever comes finds it where the global controller placed it.
  await sql`INSERT INTO meeting_owners (meeting_id, epoch) VALUES (${meetingId}, 1)`;
  await sql`INSERT INTO meeting_roles (meeting_id, participant_id, user_id, role)
    VALUES (${meetingId}, gen_random_uuid(), ${owner.userId}, 'co_host')`;
  await sql`INSERT INTO moderation_actions (action_id, meeting_id, epoch, action,
      actor_participant_id, actor_name, actor_user_id, subject_name, detail, recorded_at)
    VALUES (gen_random_uuid(), ${meetingId}, 1, 'mute', gen_random_uuid(), ${`${mark}-moderator`},
      ${owner.userId}, ${`${mark}-moderated`}, ${`${mark}-detail`}, now())`;
  const bans = await sql<{ ban_id: string }[]>`
    INSERT INTO meeting_bans (meeting_id, participant_id, participant_name, user_reference, guest_id,
      network)
    SELECT ${meetingId}, gen_random_uuid(), ${`${mark}-banned-`} || copy,
      ${`${mark}-banned-reference-`} || copy, ${`${mark}-browser-`} || copy,
      ${`${mark}-network-`} || copy
    FROM generate_series(1, ${COPIES}::int) copy RETURNING ban_id`;
  return bans[0]!.ban_id;
}

/** Ways to sign in, those that failed, and those that are underway. */
async function makeWaysIn({ sql }: TestApi, { owner }: TestTenant, mark: string): Promise<void> {
  await sql`INSERT INTO identities (issuer, subject, user_id)
    VALUES (${`https://${mark}-issuer.example`}, ${`${mark}-subject`}, ${owner.userId})`;
  await sql`INSERT INTO passwords (user_id, hash) VALUES (${owner.userId}, ${NO_SECRET_HASH})`;
  await sql`INSERT INTO password_resets (user_id, token_hash, expires_at)
    VALUES (${owner.userId}, ${randomBytes()}, now() + interval '1 hour')`;
  await sql`INSERT INTO sign_in_failures (account_hash, source, failures, window_ends_at)
    VALUES (${randomBytes()}, ${`${mark}-source`}, 1, now() + interval '1 hour')`;
  await sql`INSERT INTO oidc_sign_ins
      (state_hash, browser_hash, nonce, code_verifier, return_to, invitation_hash, expires_at)
    VALUES (${randomBytes()}, ${randomBytes()}, ${`${mark}-nonce`}, ${`${mark}-verifier`},
      ${`/${mark}-page`}, ${randomBytes()}, now() + interval '1 hour')`;
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

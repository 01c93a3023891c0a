/*
 * SQL that fills a database with a made-up history. `bench.…` are settings of the connection: whose
 * the large half is, and how many meetings there are. The tables tenant_people and tenant_rooms are
 * temporary: they number what belongs to each organisation (the large one is 0), so that rows find
 * their owners by a hash join.
 */

/** Organisations, people, and the ways by which they prove who they are. */
export const ACCOUNT_ROWS: readonly string[] = [
  `CREATE TEMP TABLE tenants AS
    SELECT 0 AS tenant, current_setting('bench.organisation')::uuid AS organisation_id
    UNION ALL SELECT i, gen_random_uuid() FROM generate_series(1, 1000) i`,
  `INSERT INTO organisations (organisation_id, slug, name)
    SELECT organisation_id, 'filled-' || tenant, 'Organisation ' || tenant FROM tenants
    WHERE tenant > 0`,
  // 5,000 people in the large organisation, and five in each small one.
  `CREATE TEMP TABLE tenant_people AS
    SELECT 0 AS tenant, 0 AS number, current_setting('bench.person')::uuid AS user_id
    UNION ALL SELECT 0, i, gen_random_uuid() FROM generate_series(1, 4999) i
    UNION ALL SELECT t, i, gen_random_uuid()
      FROM generate_series(1, 1000) t, generate_series(0, 4) i`,
  `INSERT INTO users (user_id, email, display_name)
    SELECT user_id, 'person-' || tenant || '-' || number || '@filled.example', 'Person ' || number
    FROM tenant_people WHERE user_id <> current_setting('bench.person')::uuid`,
  `INSERT INTO memberships (organisation_id, user_id, role, created_at)
    SELECT organisation_id, user_id, CASE number WHEN 0 THEN 'owner' ELSE 'member' END,
      now() - number * interval '1 minute'
    FROM tenant_people JOIN tenants USING (tenant)
    WHERE user_id <> current_setting('bench.person')::uuid`,
  // One person is in a hundred organisations, and is signed in as often as anybody may be.
  `INSERT INTO memberships (organisation_id, user_id, role, created_at)
    SELECT organisation_id, current_setting('bench.person')::uuid, 'member',
      now() - tenant * interval '1 hour'
    FROM tenants WHERE tenant BETWEEN 1 AND 100`,
  `INSERT INTO login_sessions
      (session_id, user_id, family_hash, refresh_hash, created_at, expires_at)
    SELECT gen_random_uuid(), user_id, sha256(('family ' || user_id || ' ' || i)::bytea),
      sha256(('refresh ' || user_id || ' ' || i)::bytea), now() - i * interval '1 minute',
      now() + interval '30 days'
    FROM tenant_people,
      generate_series(1, CASE WHEN user_id = current_setting('bench.person')::uuid
        THEN 50 ELSE 2 END) i`,
  `INSERT INTO invitations
      (organisation_id, email, role, token_hash, created_at, expires_at, accepted_at)
    SELECT organisation_id, 'invited-' || i || '@filled.example', 'member',
      sha256(('invitation ' || tenant || ' ' || i)::bytea), now() - i * interval '1 minute',
      now() + interval '7 days', CASE WHEN i % 10 > 0 THEN now() END
    FROM tenants, generate_series(1, CASE tenant WHEN 0 THEN 5000 ELSE 20 END) i`,
  `INSERT INTO api_clients (client_id, secret_hash, organisation_id, name, created_at)
    SELECT 'client-' || tenant || '-' || i, 'nobody knows it', organisation_id, 'Program',
      now() - i * interval '1 minute'
    FROM tenants, generate_series(1, CASE tenant WHEN 0 THEN 2000 ELSE 5 END) i`,
  `INSERT INTO api_keys (organisation_id, name, prefix, key_hash, scopes, created_at)
    SELECT organisation_id, 'Program', 'dt_0000000',
      sha256(('key ' || tenant || ' ' || i)::bytea), '{meetings:read}',
      now() - i * interval '1 minute'
    FROM tenants, generate_series(1, CASE tenant WHEN 0 THEN 2000 ELSE 5 END) i`,
];

/** Rooms and meetings: one of fifty is open, three of ten are in a room. */
export const MEETING_ROWS: readonly string[] = [
  `CREATE TEMP TABLE tenant_rooms AS
    SELECT tenant, i AS number, gen_random_uuid() AS room_id
    FROM tenants, generate_series(0, CASE tenant WHEN 0 THEN 1999 ELSE 4 END) i`,
  `INSERT INTO rooms
      (room_id, organisation_id, owner_user_id, slug, display_name, configuration, created_at)
    SELECT room_id, organisation_id, user_id, 'room-' || r.number, 'Room ' || r.number,
      '{"description": "", "maxParticipants": 100, "settings": {"enableE2eEncryption": true,
        "requireAuth": false, "recordingEnabled": false, "lobbyEnabled": false,
        "defaultGrants": ["camera", "microphone"]}, "passcodeHash": null, "guestsMayOpen": false}',
      now() - r.number * interval '1 minute'
    FROM tenant_rooms r JOIN tenants USING (tenant)
    JOIN tenant_people p ON p.tenant = r.tenant AND p.number = r.number % 5`,
  `ANALYZE tenant_people; ANALYZE tenant_rooms; ANALYZE tenants`,
  `INSERT INTO meetings (meeting_id, code, display_name, max_participants, organisation_id,
      owner_user_id, owner_client_id, room_id, created_at, ended_at, scheduled_start)
    SELECT gen_random_uuid(), substr(word, 1, 3) || '-' || substr(word, 4, 4) || '-' ||
        substr(word, 8, 3),
      'Meeting ' || i, 100, organisation_id,
      CASE WHEN k % 10 = 8 AND tenant = 0 THEN NULL ELSE user_id END,
      CASE WHEN k % 10 = 8 AND tenant = 0 THEN current_setting('bench.client') END,
      CASE WHEN k % 10 < 3 THEN room_id END, created_at,
      CASE WHEN NOT open THEN created_at + interval '50 minutes' END,
      CASE WHEN k % 100 = 9 THEN now() + k % 1000 * interval '1 hour' END
    FROM generate_series(1, current_setting('bench.meetings')::int) i
    CROSS JOIN LATERAL (
      SELECT i / 2 AS k, CASE i % 2 WHEN 0 THEN 0 ELSE 1 + i / 2 % 1000 END AS tenant,
        translate(to_char(i, 'FM0000000000'), '0123456789', 'bcdfghjklm') AS word,
        now() - i * interval '30 seconds' AS created_at,
        i / 2 % 100 IN (5, 9) AS open
    ) AS made
    JOIN tenants USING (tenant)
    JOIN tenant_people p USING (tenant)
    JOIN tenant_rooms r USING (tenant)
    WHERE p.number = CASE WHEN k % 10 = 9 THEN 0 WHEN tenant = 0 THEN k % 5000 ELSE k % 5 END
      AND r.number = CASE tenant WHEN 0 THEN k % 2000 ELSE k % 5 END`,
];

/** What was held: one of five meetings, with two people each; and one meeting without an end. */
export const HELD_MEETING_ROWS: readonly string[] = [
  `CREATE INDEX bench_meetings ON meetings (meeting_id) WHERE display_name = 'Meeting 2'`,
  `INSERT INTO meeting_sessions
      (session_id, meeting_id, started_at, ended_at, peak_participants)
    SELECT gen_random_uuid(), meeting_id, created_at, ended_at, 2 FROM meetings
    WHERE ended_at IS NOT NULL AND (display_name LIKE '%4' OR display_name LIKE '%7')`,
  `INSERT INTO meeting_sessions (meeting_id, started_at, ended_at, peak_participants)
    SELECT meeting_id, now() - i * interval '1 hour', now() - i * interval '59 minutes', 2
    FROM meetings, generate_series(1, 20000) i WHERE display_name = 'Meeting 2'`,
  `INSERT INTO participants (participant_id, meeting_id, controller_id, joined_at, left_at,
      leave_reason, session_id, user_id)
    SELECT gen_random_uuid(), meeting_id, gen_random_uuid(), started_at, ended_at, 'voluntary',
      session_id, NULL
    FROM meeting_sessions, generate_series(1, 2)`,
  // The last session of the endless meeting had 20,000 people; a tenth of them are still there.
  `INSERT INTO participants (participant_id, meeting_id, controller_id, joined_at, left_at,
      leave_reason, session_id)
    SELECT gen_random_uuid(), meeting_id, gen_random_uuid(), now() - i * interval '1 second',
      CASE WHEN i % 10 > 0 THEN now() END, CASE WHEN i % 10 > 0 THEN 'voluntary' END, session_id
    FROM (
      SELECT * FROM meeting_sessions JOIN meetings USING (meeting_id)
      WHERE display_name = 'Meeting 2' ORDER BY started_at DESC LIMIT 1
    ) AS last, generate_series(1, 20000) i`,
  // Five hundred open meetings have somebody in them.
  `INSERT INTO participants (participant_id, meeting_id, controller_id, joined_at)
    SELECT gen_random_uuid(), meeting_id, gen_random_uuid(), now()
    FROM (SELECT meeting_id FROM meetings WHERE ended_at IS NULL LIMIT 500) AS open`,
  `UPDATE meetings SET occupied = true
    WHERE meeting_id IN (SELECT meeting_id FROM participants WHERE left_at IS NULL)`,
  `INSERT INTO join_tokens (token_id, meeting_id, participant_id, role, grants, issued_at,
      expires_at)
    SELECT gen_random_uuid(), meeting_id, participant_id, 'participant', '{camera}',
      joined_at, joined_at + interval '1 hour'
    FROM participants WHERE joined_at IS NOT NULL`,
  `INSERT INTO guest_links (meeting_id, secret_hash, grants, created_at)
    SELECT meeting_id, sha256(('link ' || meeting_id || ' ' || i)::bytea), '{camera}',
      now() - i * interval '1 minute'
    FROM meetings,
      generate_series(1, CASE display_name WHEN 'Meeting 2' THEN 5000 ELSE 1 END) i
    WHERE display_name LIKE '%2'`,
  `DROP INDEX bench_meetings`,
];

/** Recordings, webhooks and the audit log. */
export const RECORD_ROWS: readonly string[] = [
  `INSERT INTO recordings (organisation_id, meeting_id, owner_user_id, status, started_at)
    SELECT organisation_id, meeting_id, owner_user_id,
      (ARRAY['available', 'available', 'available', 'deleted', 'processing', 'failed'])
        [1 + i % 6], created_at + i * interval '1 second'
    FROM meetings,
      generate_series(1, CASE display_name WHEN 'Meeting 2' THEN 5000 ELSE 1 END) i
    WHERE display_name LIKE '%2' OR display_name LIKE '%7'`,
  // They listen to what no load does: sending is not what is measured.
  `INSERT INTO webhook_endpoints (organisation_id, url, event_types, created_at)
    SELECT organisation_id, 'https://filled.example/' || i, '{recording.available}',
      now() - i * interval '1 minute'
    FROM tenants, generate_series(1, CASE tenant WHEN 0 THEN 20 ELSE 2 END) i`,
  `INSERT INTO webhook_events (organisation_id, event_type, payload, created_at)
    SELECT organisation_id,
      (ARRAY['meeting.created', 'meeting.ended', 'participant.joined'])[1 + i % 3], '{}',
      now() - i * interval '10 seconds'
    FROM tenants, generate_series(1, CASE tenant WHEN 0 THEN 100000 ELSE 20 END) i`,
  `INSERT INTO webhook_deliveries (event_id, endpoint_id, status, attempts, created_at)
    SELECT event_id, endpoint_id,
      CASE WHEN extract(second FROM e.created_at) < 10 THEN 'failed' ELSE 'delivered' END, 1,
      e.created_at
    FROM webhook_events e JOIN (
      SELECT DISTINCT ON (organisation_id) organisation_id, endpoint_id FROM webhook_endpoints
      ORDER BY organisation_id, created_at DESC
    ) AS first USING (organisation_id)`,
  `INSERT INTO webhook_attempts (delivery_id, attempt, attempted_at, duration_ms, response_status)
    SELECT delivery_id, 1, created_at, 20, 200 FROM webhook_deliveries`,
  `SELECT make_audit_partition(now() - i * interval '1 month') FROM generate_series(1, 11) i`,
  `INSERT INTO audit_log (organisation_id, sequence, occurred_at, actor, action, target,
      previous_hash, row_hash)
    SELECT organisation_id, i, now() - (rows - i) * (interval '330 days' / rows),
      'user:' || i % 100, (ARRAY['meeting.created', 'meeting.ended', 'user.signed_in'])[1 + i % 3],
      'meeting:' || i, sha256(i::text::bytea), sha256((i + 1)::text::bytea)
    FROM tenants,
      LATERAL (SELECT CASE tenant WHEN 0 THEN 100000 ELSE 20 END AS rows) AS size,
      generate_series(1, rows) i`,
  `INSERT INTO audit_chains (organisation_id, last_sequence, last_hash, last_occurred_at)
    SELECT organisation_id, max(sequence), sha256((max(sequence) + 1)::text::bytea),
      max(occurred_at)
    FROM audit_log GROUP BY organisation_id ON CONFLICT DO NOTHING`,
];

-- Who owns a running meeting, and what its moderators decided. Meeting controllers write these
-- themselves, so that a meeting needs no global controller while it runs.

-- One lease for each meeting controller, renewed every second: it carries all of its meetings.
CREATE TABLE controller_leases (
  -- as in meeting_controllers, which may have forgotten the process already
  controller_id uuid PRIMARY KEY,
  -- where browsers connect, for those who come to another controller
  endpoint text NOT NULL,
  -- base64 of the SHA-256 of certificates that browsers may accept (development)
  certificate_hashes text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL
);
CREATE INDEX expired_controller_leases ON controller_leases (expires_at);

-- Apart from meetings: owners change often, and few columns and indexes go with them.
CREATE TABLE meeting_owners (
  meeting_id uuid PRIMARY KEY REFERENCES meetings ON DELETE CASCADE,
  -- null: released, for anyone to take; so it is when the lease is deleted
  controller_id uuid REFERENCES controller_leases ON DELETE SET NULL,
  -- the fencing token: one more with each owner, never less
  epoch bigint NOT NULL CHECK (epoch > 0)
);
CREATE INDEX meetings_of_lease ON meeting_owners (controller_id) WHERE controller_id IS NOT NULL;

-- Prolongs a lease, or begins it, and tells what is owned under it: why that leaves no room for a
-- second owner is told in services/meeting-controller/ownership/leased_ownership.ts. In a function,
-- so that nobody who is stopped between two statements keeps others waiting at its locks.
CREATE FUNCTION renew_lease(
  controller uuid, place text, hashes text[], lifetime_ms integer,
  OUT meeting_ids uuid[], OUT epochs bigint[]
) LANGUAGE plpgsql AS $$
BEGIN
  -- waits for whoever takes a meeting away under this lease just now
  INSERT INTO controller_leases AS l (controller_id, endpoint, certificate_hashes, expires_at)
    VALUES (controller, place, hashes, clock_timestamp() + lifetime_ms * interval '1 millisecond')
    ON CONFLICT (controller_id) DO UPDATE SET
      endpoint = excluded.endpoint, certificate_hashes = excluded.certificate_hashes,
      -- once more: it may have waited
      expires_at = clock_timestamp() + lifetime_ms * interval '1 millisecond';
  -- a statement of its own, whose snapshot has what was taken away meanwhile
  SELECT coalesce(array_agg(o.meeting_id), '{}'), coalesce(array_agg(o.epoch), '{}')
    INTO meeting_ids, epochs FROM meeting_owners o WHERE o.controller_id = controller;
END $$;

-- Makes the controller, whose lease has to be there, the owner of a meeting that has none, or whose
-- owner's lease has run out. Known is the epoch under which it owns the meeting already: that stays;
-- any other way it gets the meeting is a new epoch.
--
-- Locks leases before owners, and owners before meetings, as everybody does who locks several.
CREATE FUNCTION acquire_meeting(
  meeting uuid, controller uuid, known_epoch bigint,
  -- 'owned', 'elsewhere', 'ended', or 'again': somebody else was faster
  OUT outcome text, OUT owner_epoch bigint,
  OUT owner_id uuid, OUT owner_endpoint text, OUT owner_hashes text[]
) LANGUAGE plpgsql AS $$
DECLARE
  seen meeting_owners;
  owner meeting_owners;
  lease controller_leases;
BEGIN
  PERFORM FROM meetings WHERE meeting_id = meeting AND ended_at IS NULL FOR KEY SHARE;
  IF NOT FOUND THEN
    outcome := 'ended';
    RETURN;
  END IF;
  SELECT * INTO seen FROM meeting_owners WHERE meeting_id = meeting;
  IF seen.controller_id = controller AND seen.epoch = known_epoch THEN
    outcome := 'owned';
    owner_epoch := seen.epoch;
    RETURN;
  END IF;
  IF seen.controller_id <> controller THEN
    SELECT * INTO lease FROM controller_leases WHERE controller_id = seen.controller_id;
    -- Without a lock: its owner need not wait with the next renewal for those who come here.
    IF lease.expires_at <= clock_timestamp() THEN
      -- Shared among all who take its meetings; its renewal waits for the end of this.
      SELECT * INTO lease FROM controller_leases
        WHERE controller_id = seen.controller_id FOR SHARE;
    END IF;
    IF lease.expires_at > clock_timestamp() THEN
      outcome := 'elsewhere';
      owner_id := lease.controller_id;
      owner_endpoint := lease.endpoint;
      owner_hashes := lease.certificate_hashes;
      RETURN;
    END IF;
  END IF;
  INSERT INTO meeting_owners (meeting_id, epoch) VALUES (meeting, 1) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO owner FROM meeting_owners WHERE meeting_id = meeting FOR UPDATE;
    IF owner IS DISTINCT FROM seen THEN
      outcome := 'again';
      RETURN;
    END IF;
  END IF;
  UPDATE meeting_owners SET controller_id = controller,
    epoch = epoch + (seen.epoch IS NOT NULL)::int
    WHERE meeting_id = meeting RETURNING epoch INTO owner_epoch;
  outcome := 'owned';
  -- where the global controller looks for the meeting; it knows no more of a process that it gave up
  PERFORM FROM meeting_controllers WHERE controller_id = controller FOR KEY SHARE;
  IF FOUND THEN
    UPDATE meetings SET controller_id = controller
      WHERE meeting_id = meeting AND controller_id IS DISTINCT FROM controller;
  END IF;
END $$;

-- Roles that were given in a meeting, which go before those of the join tokens.
CREATE TABLE meeting_roles (
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  participant_id uuid NOT NULL,
  -- the person's account, who has the role in whatever participant comes next; null: none
  user_id uuid REFERENCES users ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('host', 'co_host', 'participant')),
  given_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (meeting_id, participant_id)
);
CREATE INDEX meeting_roles_of_user ON meeting_roles (user_id) WHERE user_id IS NOT NULL;

-- Who does not come back to a meeting.
CREATE TABLE meeting_bans (
  ban_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  participant_id uuid NOT NULL,
  participant_name text NOT NULL DEFAULT '' CHECK (length(participant_name) <= 200),
  user_id uuid REFERENCES users ON DELETE CASCADE,
  user_reference text NOT NULL DEFAULT '' CHECK (length(user_reference) <= 200),
  -- what a guest's browser is known by (its cookie); empty: nothing
  guest_id text NOT NULL DEFAULT '' CHECK (length(guest_id) <= 64),
  -- the keyed hash of a guest's network: other guests from there have to be admitted
  network text NOT NULL DEFAULT '' CHECK (length(network) <= 64),
  banned_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (meeting_id, participant_id)
);
CREATE INDEX meeting_bans_of_user ON meeting_bans (user_id) WHERE user_id IS NOT NULL;

-- What moderators did in a running meeting. Written with the deed, before anybody is told that it
-- is done; the global controller takes each into the audit log and to the webhooks, once.
CREATE TABLE moderation_actions (
  action_id uuid PRIMARY KEY,
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  epoch bigint NOT NULL,
  action text NOT NULL CHECK (action IN (
    'mute', 'stop_stream', 'lower_hand', 'remove', 'ban', 'change_role', 'lock', 'unlock',
    'enable_lobby', 'disable_lobby', 'admit', 'deny', 'end_meeting'
  )),
  actor_participant_id uuid NOT NULL,
  actor_name text NOT NULL DEFAULT '',
  -- null: a guest, or a person of a backend's own
  actor_user_id uuid REFERENCES users ON DELETE SET NULL,
  -- null: it concerns the meeting
  subject_participant_id uuid,
  subject_name text NOT NULL DEFAULT '',
  -- such as the new role, or the kind of the stream
  detail text NOT NULL DEFAULT '',
  occurred_at timestamptz NOT NULL DEFAULT now(),
  -- null: not yet in the audit log
  recorded_at timestamptz
);
CREATE INDEX moderation_actions_to_record ON moderation_actions (occurred_at, action_id)
  WHERE recorded_at IS NULL;
CREATE INDEX moderation_actions_of_meeting ON moderation_actions (meeting_id, occurred_at);
CREATE INDEX moderation_actions_of_user ON moderation_actions (actor_user_id)
  WHERE actor_user_id IS NOT NULL;

ALTER TABLE participants
  DROP CONSTRAINT participants_role_check,
  ADD CONSTRAINT participants_role_check CHECK (role IN ('host', 'co_host', 'participant'));

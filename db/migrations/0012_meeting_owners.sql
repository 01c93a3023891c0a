-- Who owns a running meeting, and what its moderators decided. Meeting controllers write these
-- themselves, so that a meeting needs no global controller while it runs.

-- One lease for each meeting controller, renewed every second: it carries all of its meetings.
CREATE TABLE controller_leases (
  -- as in meeting_controllers, which may have forgotten the process already
  controller_id uuid PRIMARY KEY,
  -- where browsers connect, for those who come to another controller
  endpoint text NOT NULL,
  certificate_hashes text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL
);
CREATE INDEX expired_controller_leases ON controller_leases (expires_at);

-- Apart from meetings: owners change often, and few columns and indexes go with them.
CREATE TABLE meeting_owners (
  meeting_id uuid PRIMARY KEY REFERENCES meetings ON DELETE CASCADE,
  -- null: released, for anyone to take
  controller_id uuid,
  -- the fencing token: one more with each owner, never less
  epoch bigint NOT NULL CHECK (epoch > 0)
);
CREATE INDEX meetings_of_lease ON meeting_owners (controller_id) WHERE controller_id IS NOT NULL;

-- Roles that were given in a meeting, which go before those of the join tokens.
CREATE TABLE meeting_roles (
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  participant_id uuid NOT NULL,
  -- the person's account, who has the role in whatever participant comes next; null: none
  user_id uuid REFERENCES users ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('host', 'co_host', 'participant')),
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

-- Meetings as their owners plan them, permanent rooms, and what became of each run of a meeting.

-- A room is permanent: a name, settings, and one meeting at a time.
CREATE TABLE rooms (
  room_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  owner_user_id uuid REFERENCES users ON DELETE SET NULL,
  -- in links, within the organisation
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 1 AND 63),
  display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  -- what a meeting in this room starts with (services/global-controller/room/)
  configuration jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organisation_id, slug)
);
CREATE INDEX rooms_of_organisation ON rooms (organisation_id, created_at DESC, room_id DESC);

ALTER TABLE meetings
  -- null: a guest's meeting, which nobody administers
  ADD COLUMN organisation_id uuid REFERENCES organisations ON DELETE CASCADE,
  ADD COLUMN owner_user_id uuid REFERENCES users ON DELETE SET NULL,
  ADD COLUMN room_id uuid REFERENCES rooms ON DELETE SET NULL,
  ADD COLUMN description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
  ADD COLUMN scheduled_start timestamptz,
  ADD COLUMN scheduled_end timestamptz,
  ADD COLUMN lobby_enabled boolean NOT NULL DEFAULT false,
  ADD COLUMN locked boolean NOT NULL DEFAULT false,
  -- scrypt; null: none
  ADD COLUMN passcode_hash text,
  -- what somebody who joins without being a host may send
  ADD COLUMN default_grants text[] NOT NULL
    DEFAULT '{camera,microphone,screen,chat}',
  -- for If-Match
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  -- whether participants are present, kept by whoever records them
  -- (services/global-controller/attendance/postgres_presence.ts)
  ADD COLUMN occupied boolean NOT NULL DEFAULT false,
  -- what lists are ordered and bounded by
  ADD COLUMN starts_at timestamptz NOT NULL
    GENERATED ALWAYS AS (coalesce(scheduled_start, created_at)) STORED,
  -- the organisation, and the person or the program as the API names them: in one column, so that no
  -- plan reads the whole organisation for one owner
  ADD COLUMN owner_key text GENERATED ALWAYS AS
    (organisation_id::text || ' ' || coalesce(owner_user_id::text, owner_client_id)) STORED,
  ADD CHECK (default_grants <@ '{camera,microphone,screen,chat}'),
  ADD CHECK (scheduled_end IS NULL OR (scheduled_start IS NOT NULL AND scheduled_end > scheduled_start));
UPDATE meetings m SET organisation_id = c.organisation_id
  FROM api_clients c WHERE c.client_id = m.owner_client_id;

-- the lists of an organisation's meetings, of one owner's, and of a room's, the latest first: all of
-- them, those that are open, and those that have ended; the columns behind meeting_id are what a list
-- may leave out, so that it is left out without reading the row
DROP INDEX meetings_of_owner;
CREATE INDEX meetings_of_organisation ON meetings (organisation_id, starts_at DESC, meeting_id DESC)
  WHERE organisation_id IS NOT NULL;
CREATE INDEX open_meetings_of_organisation
  ON meetings (organisation_id, starts_at DESC, meeting_id DESC, occupied)
  WHERE organisation_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX ended_meetings_of_organisation
  ON meetings (organisation_id, starts_at DESC, meeting_id DESC)
  WHERE organisation_id IS NOT NULL AND ended_at IS NOT NULL;
CREATE INDEX meetings_of_owner
  ON meetings (owner_key, starts_at DESC, meeting_id DESC)
  WHERE owner_key IS NOT NULL;
CREATE INDEX open_meetings_of_owner
  ON meetings (owner_key, starts_at DESC, meeting_id DESC, occupied)
  WHERE owner_key IS NOT NULL AND ended_at IS NULL;
CREATE INDEX ended_meetings_of_owner
  ON meetings (owner_key, starts_at DESC, meeting_id DESC)
  WHERE owner_key IS NOT NULL AND ended_at IS NOT NULL;
CREATE INDEX meetings_of_room
  ON meetings (room_id, starts_at DESC, meeting_id DESC, owner_key, ended_at)
  WHERE room_id IS NOT NULL;
-- one meeting at a time in a room
CREATE UNIQUE INDEX open_meeting_of_room ON meetings (room_id)
  WHERE room_id IS NOT NULL AND ended_at IS NULL;

-- One run of a meeting: from the first person in to the last one out.
CREATE TABLE meeting_sessions (
  session_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  started_at timestamptz NOT NULL,
  ended_at timestamptz CHECK (ended_at >= started_at),
  peak_participants integer NOT NULL DEFAULT 0
);
CREATE INDEX meeting_sessions_of_meeting
  ON meeting_sessions (meeting_id, started_at DESC, session_id DESC);
CREATE UNIQUE INDEX open_session_of_meeting ON meeting_sessions (meeting_id) WHERE ended_at IS NULL;

ALTER TABLE participants
  ADD COLUMN session_id uuid REFERENCES meeting_sessions ON DELETE SET NULL,
  ADD COLUMN user_id uuid REFERENCES users ON DELETE SET NULL,
  -- what a backend that admits its own users calls the person; empty: nothing
  ADD COLUMN user_reference text NOT NULL DEFAULT '' CHECK (length(user_reference) <= 200),
  ADD COLUMN role text NOT NULL DEFAULT 'participant' CHECK (role IN ('host', 'participant'));
CREATE INDEX participants_of_meeting
  ON participants (meeting_id, joined_at DESC, participant_id DESC);
CREATE INDEX participants_of_session
  ON participants (session_id, joined_at DESC, participant_id DESC) WHERE session_id IS NOT NULL;
CREATE INDEX participants_of_user ON participants (user_id) WHERE user_id IS NOT NULL;

-- Join tokens that were given out; one that is revoked ejects whoever came in with it.
CREATE TABLE join_tokens (
  token_id uuid PRIMARY KEY,
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  participant_id uuid NOT NULL,
  user_id uuid REFERENCES users ON DELETE SET NULL,
  user_reference text NOT NULL DEFAULT '' CHECK (length(user_reference) <= 200),
  role text NOT NULL CHECK (role IN ('host', 'participant')),
  grants text[] NOT NULL,
  -- the name that the issuer fixed; empty: the participant's choice
  participant_name text NOT NULL DEFAULT '' CHECK (length(participant_name) <= 200),
  issued_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX join_tokens_of_meeting ON join_tokens (meeting_id, issued_at DESC, token_id DESC);
CREATE INDEX join_tokens_of_participant ON join_tokens (participant_id);
CREATE INDEX join_tokens_expired ON join_tokens (expires_at);
-- an account that is deleted
CREATE INDEX join_tokens_of_user ON join_tokens (user_id) WHERE user_id IS NOT NULL;
-- what a meeting controller that gets the meeting has to refuse
CREATE INDEX revoked_join_tokens ON join_tokens (meeting_id, expires_at DESC)
  WHERE revoked_at IS NOT NULL;

-- Links that admit people without an account to one meeting.
CREATE TABLE guest_links (
  link_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  -- SHA-256 of 256 random bits
  secret_hash bytea NOT NULL UNIQUE,
  label text NOT NULL DEFAULT '' CHECK (length(label) <= 200),
  grants text[] NOT NULL,
  max_uses integer CHECK (max_uses > 0),
  uses integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX guest_links_of_meeting ON guest_links (meeting_id, created_at DESC, link_id DESC);

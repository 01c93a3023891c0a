-- Durable facts of the global controller: who may call, which meetings exist, who is in them, and
-- which regional processes serve them.

CREATE TABLE api_clients (
  client_id text PRIMARY KEY CHECK (length(client_id) BETWEEN 1 AND 200),
  -- scrypt, with its parameters and salt (services/global-controller/auth/client_secret.ts)
  secret_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE meeting_controllers (
  -- new with each start of the process
  controller_id uuid PRIMARY KEY,
  region text NOT NULL,
  -- where browsers connect; a process that starts there replaces the one before it
  endpoint text NOT NULL UNIQUE,
  rpc_endpoint text NOT NULL,
  -- base64 of the SHA-256 of certificates that browsers may accept (development)
  certificate_hashes text[] NOT NULL DEFAULT '{}',
  -- capacities: 0 is unlimited
  max_meetings bigint NOT NULL DEFAULT 0 CHECK (max_meetings >= 0),
  current_meetings bigint NOT NULL DEFAULT 0 CHECK (current_meetings >= 0),
  max_participants bigint NOT NULL DEFAULT 0 CHECK (max_participants >= 0),
  current_participants bigint NOT NULL DEFAULT 0 CHECK (current_participants >= 0),
  health text NOT NULL DEFAULT 'healthy' CHECK (health IN ('healthy', 'degraded', 'unhealthy')),
  registered_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE media_handlers (
  handler_id uuid PRIMARY KEY,
  region text NOT NULL,
  endpoint text NOT NULL UNIQUE,
  rpc_endpoint text NOT NULL,
  certificate_hashes text[] NOT NULL DEFAULT '{}',
  max_streams bigint NOT NULL DEFAULT 0 CHECK (max_streams >= 0),
  current_streams bigint NOT NULL DEFAULT 0 CHECK (current_streams >= 0),
  max_participants bigint NOT NULL DEFAULT 0 CHECK (max_participants >= 0),
  current_participants bigint NOT NULL DEFAULT 0 CHECK (current_participants >= 0),
  health text NOT NULL DEFAULT 'healthy' CHECK (health IN ('healthy', 'degraded', 'unhealthy')),
  registered_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE meetings (
  meeting_id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z]{3}-[a-z]{4}-[a-z]{3}$'),
  display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
  max_participants integer NOT NULL CHECK (max_participants BETWEEN 1 AND 100000),
  enable_e2e_encryption boolean NOT NULL DEFAULT true,
  require_auth boolean NOT NULL DEFAULT false,
  recording_enabled boolean NOT NULL DEFAULT false,
  -- null: created by a guest
  owner_client_id text REFERENCES api_clients ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz CHECK (ended_at >= created_at),
  -- the assignment: null when the process is gone, until somebody joins
  controller_id uuid REFERENCES meeting_controllers ON DELETE SET NULL,
  media_handler_id uuid REFERENCES media_handlers ON DELETE SET NULL
);

-- the list of an API client's meetings, newest first
CREATE INDEX meetings_of_owner ON meetings (owner_client_id, created_at DESC, meeting_id)
  WHERE owner_client_id IS NOT NULL;
-- a controller or handler that is deleted
CREATE INDEX meetings_of_controller ON meetings (controller_id) WHERE controller_id IS NOT NULL;
CREATE INDEX meetings_of_media_handler ON meetings (media_handler_id)
  WHERE media_handler_id IS NOT NULL;

CREATE TABLE participants (
  participant_id uuid PRIMARY KEY,
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  -- who reported last; it may be gone from meeting_controllers
  controller_id uuid NOT NULL,
  name text NOT NULL DEFAULT '',
  -- null: only the end was reported so far
  joined_at timestamptz,
  left_at timestamptz,
  -- 'controller_lost': concluded here, because the controller went; all others were reported
  leave_reason text CHECK (
    leave_reason IN ('voluntary', 'kicked', 'connection_lost', 'meeting_ended', 'controller_lost')
  ),
  CHECK ((left_at IS NULL) = (leave_reason IS NULL)),
  CHECK (joined_at IS NOT NULL OR left_at IS NOT NULL)
);

-- how many are present
CREATE INDEX participants_present ON participants (meeting_id) WHERE left_at IS NULL;
-- those whose controller went, and those who are back with it
CREATE INDEX participants_of_controller ON participants (controller_id)
  WHERE left_at IS NULL OR leave_reason = 'controller_lost';

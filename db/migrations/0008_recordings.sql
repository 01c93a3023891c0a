-- What is known of recordings (the media itself is elsewhere), and what retention needs to find what
-- is too old (services/global-controller/retention/).

CREATE TABLE recordings (
  recording_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
  -- the meeting's, which never changes: a member's list is one range of an index
  owner_user_id uuid REFERENCES users ON DELETE SET NULL,
  session_id uuid REFERENCES meeting_sessions ON DELETE SET NULL,
  status text NOT NULL CHECK (status IN ('recording', 'processing', 'available', 'failed', 'deleted')),
  -- where the operator's storage has it; never shown to guests
  location text NOT NULL DEFAULT '' CHECK (length(location) <= 2048),
  media_type text NOT NULL DEFAULT '' CHECK (length(media_type) <= 200),
  size_bytes bigint CHECK (size_bytes >= 0),
  duration_ms bigint CHECK (duration_ms >= 0),
  encrypted boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  -- when retention deletes it; null: kept
  delete_after timestamptz,
  version integer NOT NULL DEFAULT 1
);
CREATE INDEX recordings_of_organisation
  ON recordings (organisation_id, started_at DESC, recording_id DESC) WHERE status <> 'deleted';
CREATE INDEX recordings_by_status
  ON recordings (organisation_id, status, started_at DESC, recording_id DESC);
CREATE INDEX recordings_of_owner
  ON recordings (organisation_id, owner_user_id, started_at DESC, recording_id DESC, status)
  WHERE owner_user_id IS NOT NULL AND status <> 'deleted';
CREATE INDEX recordings_of_meeting ON recordings (meeting_id, started_at DESC, recording_id DESC);
-- a session that is deleted
CREATE INDEX recordings_of_session ON recordings (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX recordings_to_delete ON recordings (delete_after)
  WHERE delete_after IS NOT NULL AND status <> 'deleted';

CREATE INDEX participants_by_end ON participants (left_at) WHERE left_at IS NOT NULL;
CREATE INDEX meeting_sessions_by_end ON meeting_sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- one row: when a process last began to delete what is too old
CREATE TABLE retention_runs (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  started_at timestamptz NOT NULL
);

-- What is known of recordings; the media itself is elsewhere.

CREATE TABLE recordings (
  recording_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  meeting_id uuid NOT NULL REFERENCES meetings ON DELETE CASCADE,
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
  ON recordings (organisation_id, started_at DESC, recording_id DESC);
CREATE INDEX recordings_of_meeting ON recordings (meeting_id, started_at DESC, recording_id DESC);
CREATE INDEX recordings_to_delete ON recordings (delete_after) WHERE delete_after IS NOT NULL;

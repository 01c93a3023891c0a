-- Participants leave and are back, at another meeting controller too, under the same id.

ALTER TABLE participants
  -- the latest arrival that was reported, joined_at being the first one; null: none
  ADD COLUMN arrived_at timestamptz,
  -- under which epochs of the meeting's owners the latest arrival and the departure were: of two
  -- reports the one of the higher epoch is the later, whatever the clocks said
  ADD COLUMN arrived_epoch bigint NOT NULL DEFAULT 0,
  ADD COLUMN departed_epoch bigint NOT NULL DEFAULT 0,
  -- since when another controller has the meeting than the one that reported last
  ADD COLUMN doubted_at timestamptz;
UPDATE participants SET arrived_at = joined_at;
CREATE INDEX doubted_participants ON participants (doubted_at)
  WHERE left_at IS NULL AND doubted_at IS NOT NULL;

ALTER TABLE meeting_sessions
  -- the last one there was lost and may be back until then, so that the run goes on; null: somebody
  -- is there, or the run is over
  ADD COLUMN held_until timestamptz;
CREATE INDEX held_meeting_sessions ON meeting_sessions (held_until) WHERE held_until IS NOT NULL;

-- what may be deleted, the audit log having it
CREATE INDEX recorded_moderation_actions ON moderation_actions (recorded_at)
  WHERE recorded_at IS NOT NULL;

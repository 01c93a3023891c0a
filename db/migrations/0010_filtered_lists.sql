-- Lists with a filter that few rows may pass: without these, a page reads all that is filtered away.

-- who is in a meeting now, the latest first
CREATE INDEX participants_present_of_meeting
  ON participants (meeting_id, joined_at DESC, participant_id DESC) WHERE left_at IS NULL;
DROP INDEX participants_present;

-- an endpoint's deliveries with one status
CREATE INDEX webhook_deliveries_by_status
  ON webhook_deliveries (endpoint_id, status, created_at DESC, delivery_id DESC);

-- an organisation's events of one type
CREATE INDEX webhook_events_by_type
  ON webhook_events (organisation_id, event_type, created_at DESC, event_id DESC);

-- How many meetings of an organisation are open, counted as they open and end: a quota is looked at
-- with each new meeting, and counting thousands of rows took longer than all else of it.

-- Several rows for each organisation, so that those who open meetings at the same time rarely wait
-- for each other; their sum is the number, and one of them alone may be negative.
CREATE TABLE open_meeting_counts (
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  slot smallint NOT NULL,
  open_meetings integer NOT NULL,
  PRIMARY KEY (organisation_id, slot)
);

INSERT INTO open_meeting_counts
  SELECT organisation_id, 0, count(*) FROM meetings
  WHERE organisation_id IS NOT NULL AND ended_at IS NULL GROUP BY organisation_id;

CREATE FUNCTION count_open_meetings(organisation uuid, difference bigint) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO open_meeting_counts AS c (organisation_id, slot, open_meetings)
  -- an organisation that is being deleted takes its counts with it
  SELECT organisation_id, pg_backend_pid() % 64, difference
  FROM organisations WHERE organisation_id = organisation
  ON CONFLICT (organisation_id, slot)
    DO UPDATE SET open_meetings = c.open_meetings + excluded.open_meetings
$$;

CREATE FUNCTION meetings_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- in one order, so that two who open meetings of many organisations never wait for each other
  PERFORM count_open_meetings(organisation_id, count(*)) FROM opened
    WHERE organisation_id IS NOT NULL AND ended_at IS NULL
    GROUP BY organisation_id ORDER BY organisation_id;
  RETURN NULL;
END $$;

CREATE FUNCTION meeting_opened_or_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.organisation_id IS NOT NULL AND OLD.ended_at IS NULL THEN
    PERFORM count_open_meetings(OLD.organisation_id, -1);
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.organisation_id IS NOT NULL AND NEW.ended_at IS NULL THEN
    PERFORM count_open_meetings(NEW.organisation_id, 1);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER count_meetings_opened AFTER INSERT ON meetings
  REFERENCING NEW TABLE AS opened FOR EACH STATEMENT EXECUTE FUNCTION meetings_opened();
CREATE TRIGGER count_meeting_changed AFTER UPDATE ON meetings FOR EACH ROW
  WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at
    OR OLD.organisation_id IS DISTINCT FROM NEW.organisation_id)
  EXECUTE FUNCTION meeting_opened_or_ended();
CREATE TRIGGER count_meeting_deleted AFTER DELETE ON meetings FOR EACH ROW
  EXECUTE FUNCTION meeting_opened_or_ended();

-- Whether the organisation may open one more meeting.
--
-- Far below the limit those who open meetings share a lock: each connection has one transaction,
-- which opens one meeting at a time, so all of them together never get further than
-- max_connections. Near the limit each has the lock alone until its transaction ends, so the sum is
-- exact. A lock in PostgreSQL's queue is fair: neither kind waits for ever.
CREATE FUNCTION claim_open_meeting(organisation uuid, upper_limit integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  lock_key bigint := hashtextextended(organisation::text, 0);
  slack integer := current_setting('max_connections')::integer;
BEGIN
  IF quota_usage(organisation, 'open_meetings', upper_limit) < upper_limit - 2 * slack THEN
    PERFORM pg_advisory_xact_lock_shared(lock_key);
    IF quota_usage(organisation, 'open_meetings', upper_limit) < upper_limit - slack THEN
      RETURN true;
    END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(lock_key);
  RETURN quota_usage(organisation, 'open_meetings', upper_limit) < upper_limit;
END $$;

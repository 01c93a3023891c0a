-- Who did what, in an order that cannot be changed unseen: each row holds the hash of the one before
-- it in its chain (services/global-controller/audit/).

CREATE TABLE audit_log (
  -- one chain for each organisation; the nil UUID is the operator's own
  organisation_id uuid NOT NULL,
  -- from 1 without gaps
  sequence bigint NOT NULL CHECK (sequence > 0),
  -- never before the row before it, so that a month is one stretch of each chain
  occurred_at timestamptz NOT NULL,
  -- such as user:…, client:…, key:…, service:meeting-controller, address:… (a guest)
  actor text NOT NULL,
  action text NOT NULL,
  -- such as meeting:…
  target text NOT NULL,
  -- json, not jsonb: the text that was hashed is the text that is kept
  details json NOT NULL DEFAULT '{}',
  request_id text,
  address text,
  previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
  row_hash bytea NOT NULL CHECK (length(row_hash) = 32),
  PRIMARY KEY (organisation_id, sequence, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX audit_log_by_action ON audit_log (organisation_id, action, sequence DESC);
CREATE INDEX audit_log_by_actor ON audit_log (organisation_id, actor, sequence DESC);

-- rows of a month whose own partition was not made in time; they move when it is made
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;

-- the ends of each chain; its row is the lock under which a chain grows
CREATE TABLE audit_chains (
  organisation_id uuid PRIMARY KEY,
  last_sequence bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  last_occurred_at timestamptz NOT NULL DEFAULT '-infinity',
  -- the last row of the months that retention dropped: the rows that are left follow it
  anchor_sequence bigint NOT NULL DEFAULT 0,
  anchor_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);

CREATE FUNCTION refuse_audit_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_log_change();
-- partitions inherit the trigger for rows, not this one
CREATE TRIGGER audit_log_is_not_truncated BEFORE TRUNCATE ON audit_log
  EXECUTE FUNCTION refuse_audit_log_change();
CREATE TRIGGER audit_log_is_not_truncated BEFORE TRUNCATE ON audit_log_default
  EXECUTE FUNCTION refuse_audit_log_change();

-- Adds rows to the end of one chain; the arrays hold one element for each row. The hash is SHA-256
-- of the row as canonical JSON (RFC 8785), as services/global-controller/audit/audit_row.ts writes it.
CREATE FUNCTION append_to_audit_log(
  chain uuid, actors text[], actions text[], targets text[], all_details text[],
  request_ids text[], addresses text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  tip audit_chains%ROWTYPE;
  previous bytea;
BEGIN
  LOOP
    SELECT * INTO tip FROM audit_chains WHERE organisation_id = chain FOR UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO audit_chains (organisation_id) VALUES (chain) ON CONFLICT DO NOTHING;
  END LOOP;
  FOR i IN 1 .. cardinality(actors) LOOP
    tip.last_sequence := tip.last_sequence + 1;
    tip.last_occurred_at := greatest(clock_timestamp(), tip.last_occurred_at);
    previous := tip.last_hash;
    tip.last_hash := sha256(convert_to(
      '{"action":' || to_json(actions[i])::text
      || ',"actor":' || to_json(actors[i])::text
      || ',"address":' || coalesce(to_json(addresses[i])::text, 'null')
      || ',"details":' || all_details[i]
      || ',"occurred_at":"'
      || to_char(tip.last_occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
      || '","organisation_id":"' || chain
      || '","previous_hash":"' || encode(previous, 'hex')
      || '","request_id":' || coalesce(to_json(request_ids[i])::text, 'null')
      || ',"sequence":' || tip.last_sequence
      || ',"target":' || to_json(targets[i])::text || '}',
      'UTF8'));
    INSERT INTO audit_log VALUES (
      chain, tip.last_sequence, tip.last_occurred_at, actors[i], actions[i], targets[i],
      all_details[i]::json, request_ids[i], addresses[i], previous, tip.last_hash
    );
  END LOOP;
  UPDATE audit_chains SET last_sequence = tip.last_sequence, last_hash = tip.last_hash,
    last_occurred_at = tip.last_occurred_at
  WHERE organisation_id = chain;
  RETURN tip.last_sequence;
END $$;

-- Makes the partition of the month (UTC) that `instant` is in, unless it exists, and moves rows that
-- came before it into it. Answers whether it made one.
CREATE FUNCTION make_audit_partition(instant timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', instant AT TIME ZONE 'UTC');
  starts timestamptz := month AT TIME ZONE 'UTC';
  ends timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
  name text := 'audit_log_' || to_char(month, 'YYYY_MM');
BEGIN
  IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
  -- Appends wait until the month has its partition: one that had chosen the default partition before
  -- would find itself refused there. Readers wait for the default partition alone.
  LOCK TABLE ONLY audit_log IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE audit_log_default IN ACCESS EXCLUSIVE MODE;
  IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING ALL)', name);
  ALTER TABLE audit_log_default DISABLE TRIGGER audit_log_is_append_only;
  EXECUTE format(
    'WITH moved AS (
       DELETE FROM audit_log_default WHERE occurred_at >= %L AND occurred_at < %L RETURNING *
     ) INSERT INTO %I SELECT * FROM moved', starts, ends, name);
  ALTER TABLE audit_log_default ENABLE TRIGGER audit_log_is_append_only;
  EXECUTE format(
    'ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, starts, ends);
  EXECUTE format(
    'CREATE TRIGGER audit_log_is_not_truncated BEFORE TRUNCATE ON %I
     EXECUTE FUNCTION refuse_audit_log_change()', name);
  RETURN true;
END $$;

SELECT make_audit_partition(now()), make_audit_partition(now() + interval '1 month');

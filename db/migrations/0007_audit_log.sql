-- Who did what, in an order that cannot be changed unseen: each row holds the hash of the one before
-- it in its chain (services/global-controller/audit/).

CREATE TABLE audit_log (
  -- one chain for each organisation; the nil UUID is the operator's own
  organisation_id uuid NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  occurred_at timestamptz NOT NULL,
  -- such as user:…, client:…, key:…, service:meeting-controller, guest
  actor text NOT NULL,
  action text NOT NULL,
  -- such as meeting:…
  target text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  request_id text,
  address text,
  previous_hash bytea NOT NULL,
  row_hash bytea NOT NULL,
  PRIMARY KEY (organisation_id, sequence, occurred_at)
) PARTITION BY RANGE (occurred_at);

-- rows of a month whose own partition was not made in time
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;

-- the end of each chain; its row is the lock under which a chain grows
CREATE TABLE audit_chains (
  organisation_id uuid PRIMARY KEY,
  last_sequence bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL
);

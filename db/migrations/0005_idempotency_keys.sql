-- Answers to POST requests that named themselves with an Idempotency-Key.

CREATE TABLE idempotency_keys (
  -- who sent it: keys of two callers never meet
  caller text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  -- SHA-256 of method, path and body: the same key with another request is refused
  request_hash bytea NOT NULL,
  -- null while the request is being worked on
  status integer,
  headers jsonb,
  body text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_expired ON idempotency_keys (expires_at);

-- Answers to POST requests that named themselves with an Idempotency-Key. This table alone reveals
-- nothing: everything in it is keyed by a secret of the servers' and by the caller's own key text
-- (services/global-controller/idempotency/).

CREATE TABLE idempotency_keys (
  -- HMAC of caller and key: keys of two callers never meet
  key_hash bytea PRIMARY KEY CHECK (length(key_hash) = 32),
  -- HMAC of method, path and body: the same key with another request is refused
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  -- the request that is being worked on, and until when it may be
  holder uuid NOT NULL,
  held_until timestamptz NOT NULL,
  -- status, headers and body, sealed; null while the request is being worked on
  answer bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_expired ON idempotency_keys (expires_at);

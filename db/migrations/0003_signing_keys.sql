-- Keys that sign tokens. They rotate while everything runs: a key is published before it signs, and
-- stays published until the last token that it signed has expired.

CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('access', 'join')),
  -- a JSON Web Key (RFC 7517) as JSON, encrypted with a key that only the processes know
  -- (services/global-controller/auth/sealed_key.ts)
  sealed_private_jwk bytea NOT NULL,
  public_jwk jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  signs_from timestamptz NOT NULL,
  -- signs nothing new from here on, and is published until `published_until`
  signs_until timestamptz NOT NULL,
  published_until timestamptz NOT NULL,
  CHECK (signs_from < signs_until AND signs_until < published_until)
);
CREATE INDEX signing_keys_by_end ON signing_keys (published_until);

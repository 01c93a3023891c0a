-- Who may do what: organisations (tenants), people, their roles, and the ways to prove who one is.

CREATE TABLE organisations (
  organisation_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slug text NOT NULL UNIQUE
    CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 1 AND 63),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- quotas; null: the operator's default (services/global-controller/organisation/quota/quota.ts)
  max_members integer CHECK (max_members > 0),
  max_open_meetings integer CHECK (max_open_meetings > 0),
  max_participants integer CHECK (max_participants > 0),
  -- for If-Match
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- the organisation that exists from the start, and that the first administrator gets
INSERT INTO organisations (slug, name) VALUES ('default', 'Default organisation');

CREATE TABLE users (
  user_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
  -- BCP 47 and IANA names; empty: the browser's
  locale text NOT NULL DEFAULT '' CHECK (length(locale) <= 35),
  time_zone text NOT NULL DEFAULT '' CHECK (length(time_zone) <= 64),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- a person who may not sign in any more
  disabled_at timestamptz
);
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

CREATE TABLE memberships (
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organisation_id, user_id)
);
CREATE INDEX memberships_of_user ON memberships (user_id, created_at DESC, organisation_id DESC);
CREATE INDEX memberships_of_organisation
  ON memberships (organisation_id, created_at DESC, user_id DESC);

-- accounts at OpenID Connect providers
CREATE TABLE identities (
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_of_user ON identities (user_id);

CREATE TABLE passwords (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  -- scrypt, with its parameters and salt (services/global-controller/auth/secret_hasher.ts)
  hash text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);

-- links by which somebody who forgot the password chooses another one: the last one made, used once
CREATE TABLE password_resets (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  -- SHA-256 of 256 random bits
  token_hash bytea NOT NULL UNIQUE,
  -- whose owner or admin made it, and what the person was there then; null: the operator's
  organisation_id uuid REFERENCES organisations ON DELETE CASCADE,
  role text CHECK (role IN ('owner', 'admin', 'member')),
  issued_by uuid REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CHECK ((organisation_id IS NULL) = (role IS NULL)),
  CHECK ((organisation_id IS NULL) = (issued_by IS NULL))
);
CREATE INDEX password_resets_expired ON password_resets (expires_at);

-- a browser that signed in; its refresh token is replaced with each use
CREATE TABLE login_sessions (
  session_id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- SHA-256 of what all refresh tokens of the session begin with: 128 random bits
  family_hash bytea NOT NULL UNIQUE,
  -- SHA-256 of what each ends with, 256 random bits: the token to use next, and the one before it,
  -- which another tab may still send; the use of any other revokes the session
  refresh_hash bytea NOT NULL,
  previous_refresh_hash bytea,
  rotated_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  -- shown to its owner only
  user_agent text NOT NULL DEFAULT '' CHECK (length(user_agent) <= 300)
);
CREATE INDEX login_sessions_of_user
  ON login_sessions (user_id, created_at DESC, session_id DESC);
CREATE INDEX login_sessions_expired ON login_sessions (expires_at);

-- wrong passwords of late, by account and by where they came from
CREATE TABLE sign_in_failures (
  -- SHA-256 of the address in lower case: also of addresses that have no account
  account_hash bytea NOT NULL,
  source text NOT NULL,
  failures integer NOT NULL,
  window_ends_at timestamptz NOT NULL,
  PRIMARY KEY (account_hash, source)
);
CREATE INDEX sign_in_failures_over ON sign_in_failures (window_ends_at);

-- sign-ins underway at an OpenID Connect provider; each state is used once, by the browser that
-- began with it
CREATE TABLE oidc_sign_ins (
  state_hash bytea PRIMARY KEY,
  -- SHA-256 of the cookie that the browser got
  browser_hash bytea NOT NULL,
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  return_to text NOT NULL,
  -- the invitation that it answers, if any
  invitation_hash bytea,
  expires_at timestamptz NOT NULL
);
CREATE INDEX oidc_sign_ins_expired ON oidc_sign_ins (expires_at);

CREATE TABLE invitations (
  invitation_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  token_hash bytea NOT NULL UNIQUE,
  invited_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX invitations_of_organisation
  ON invitations (organisation_id, created_at DESC, invitation_id DESC);
CREATE INDEX open_invitations ON invitations (organisation_id, lower(email))
  WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- programs with a client id and a secret (specification 1.4)
ALTER TABLE api_clients
  ADD COLUMN organisation_id uuid REFERENCES organisations ON DELETE CASCADE,
  ADD COLUMN name text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
  ADD COLUMN scopes text[] NOT NULL DEFAULT '{meetings:read,meetings:write}',
  ADD COLUMN revoked_at timestamptz;
UPDATE api_clients SET organisation_id = (
  SELECT organisation_id FROM organisations WHERE slug = 'default'
);
ALTER TABLE api_clients ALTER COLUMN organisation_id SET NOT NULL;
CREATE INDEX live_api_clients ON api_clients (organisation_id) WHERE revoked_at IS NULL;
CREATE INDEX api_clients_of_organisation
  ON api_clients (organisation_id, created_at DESC, client_id DESC);

-- programs with one secret that is sent with each request
CREATE TABLE api_keys (
  key_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- the start of the key, by which people tell keys apart; SHA-256 of the whole (256 random bits)
  prefix text NOT NULL,
  key_hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX live_api_keys ON api_keys (organisation_id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_of_organisation ON api_keys (organisation_id, created_at DESC, key_id DESC);

-- Whether the organisation may have one more of what a quota counts; null has no quota. Those who
-- claim a member's place have the organisation's row alone until their transaction ends, and as each
-- statement in here sees what was committed before it began, the count is exact; meetings are
-- counted in 0011 (services/global-controller/organisation/quota/quota.ts). An open invitation takes a
-- member's place.
CREATE FUNCTION claim_quota(organisation uuid, quota text, default_limit integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  row_of organisations;
  upper_limit integer;
BEGIN
  IF organisation IS NULL THEN
    RETURN true;
  END IF;
  IF quota = 'open_meetings' THEN
    SELECT * INTO row_of FROM organisations WHERE organisation_id = organisation;
    RETURN FOUND
      AND claim_open_meeting(organisation, coalesce(row_of.max_open_meetings, default_limit));
  END IF;
  SELECT * INTO row_of FROM organisations WHERE organisation_id = organisation FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  upper_limit := coalesce(row_of.max_members, default_limit);
  RETURN quota_usage(organisation, quota, upper_limit) < upper_limit;
END $$;

-- How many there are of what a quota counts; counts no further than `up_to`, where it counts rows.
CREATE FUNCTION quota_usage(organisation uuid, quota text, up_to integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  CASE quota
    WHEN 'members' THEN
      RETURN (SELECT count(*) FROM (
        (SELECT FROM memberships WHERE organisation_id = organisation LIMIT up_to)
        UNION ALL
        (SELECT FROM invitations WHERE organisation_id = organisation AND accepted_at IS NULL
          AND revoked_at IS NULL AND expires_at > now() LIMIT up_to)
      ) AS taken);
    WHEN 'open_meetings' THEN
      RETURN (SELECT coalesce(sum(open_meetings), 0) FROM open_meeting_counts
        WHERE organisation_id = organisation);
  END CASE;
END $$;

-- What organisations want to be told of, and what became of each message (Standard Webhooks).

CREATE TABLE webhook_endpoints (
  endpoint_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  url text NOT NULL CHECK (length(url) <= 2048),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 200),
  -- empty: all of them
  event_types text[] NOT NULL DEFAULT '{}',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz,
  -- by its organisation; it answered 410 Gone; it failed for days
  disabled_reason text CHECK (disabled_reason IN ('owner', 'gone', 'failing')),
  -- since when nothing was delivered; null: the last delivery succeeded
  failing_since timestamptz,
  CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE INDEX webhook_endpoints_of_organisation
  ON webhook_endpoints (organisation_id, created_at DESC, endpoint_id DESC);

-- two live secrets while the receiver changes over
CREATE TABLE webhook_secrets (
  secret_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
  -- encrypted as the signing keys are: it has to be known again for each signature
  sealed_secret bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);
CREATE INDEX webhook_secrets_of_endpoint ON webhook_secrets (endpoint_id, created_at DESC);

CREATE TABLE webhook_events (
  event_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL REFERENCES organisations ON DELETE CASCADE,
  event_type text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_events_of_organisation
  ON webhook_events (organisation_id, created_at DESC, event_id DESC);
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);

-- one row for each event and endpoint; its attempts beside it
CREATE TABLE webhook_deliveries (
  delivery_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  event_id uuid NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
  endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  -- those made before somebody asked for it again: the back-off counts from there
  earlier_attempts integer NOT NULL DEFAULT 0,
  -- null when nothing more is tried; also the end of the lease of whoever is trying now
  next_attempt_at timestamptz,
  -- null: nobody is trying now
  attempting_since timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- by endpoint first, so that those with a long queue are passed over without reading it
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_attempt_at)
  WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of_endpoint
  ON webhook_deliveries (endpoint_id, created_at DESC, delivery_id DESC);
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id);

CREATE TABLE webhook_attempts (
  delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  attempt integer NOT NULL,
  attempted_at timestamptz NOT NULL DEFAULT now(),
  duration_ms integer NOT NULL,
  -- null: no answer
  response_status integer,
  -- null: it succeeded (services/global-controller/webhook/delivery.ts)
  failure text,
  PRIMARY KEY (delivery_id, attempt)
);

-- Who hosts a meeting that a guest created: whoever comes with the same browser.

ALTER TABLE meetings
  -- the keyed hash of the browser's cookie (services/global-controller/meeting/join/join_origins.ts);
  -- empty: no guest's browser created it
  ADD COLUMN guest_host_id text NOT NULL DEFAULT '' CHECK (length(guest_host_id) <= 64);

-- Servers that are about to stop, and which software they run.

ALTER TABLE meeting_controllers
  ADD COLUMN version text NOT NULL DEFAULT '' CHECK (length(version) <= 100),
  DROP CONSTRAINT meeting_controllers_health_check,
  ADD CONSTRAINT meeting_controllers_health_check
    CHECK (health IN ('healthy', 'degraded', 'unhealthy', 'draining'));

ALTER TABLE media_handlers
  ADD COLUMN version text NOT NULL DEFAULT '' CHECK (length(version) <= 100),
  DROP CONSTRAINT media_handlers_health_check,
  ADD CONSTRAINT media_handlers_health_check
    CHECK (health IN ('healthy', 'degraded', 'unhealthy', 'draining'));

-- The region that a meeting belongs to: asked for at its creation, or where it was placed first.
-- Its controllers come and go.
ALTER TABLE meetings ADD COLUMN region text CHECK (length(region) <= 64);

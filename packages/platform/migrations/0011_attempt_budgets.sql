-- Refused sign-ins, counted by all replicas together: how full the bucket of a name, an address or a device
-- is. Keys are digests: what people type where a name belongs may be a password.
CREATE TABLE attempt_budget (
  key text PRIMARY KEY,
  level double precision NOT NULL,
  -- Milliseconds since the epoch, by the clock of the database: replicas share it.
  at_ms double precision NOT NULL
);

CREATE INDEX attempt_budget_at ON attempt_budget (at_ms);

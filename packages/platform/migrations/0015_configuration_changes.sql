-- Why a document was changed, and which changes were one; null for changes from before.
ALTER TABLE configuration ADD COLUMN reason text;
ALTER TABLE configuration ADD COLUMN changeset uuid;

-- Changes that wait for their time. What was done is in `configuration`, under the changeset's id.
CREATE TABLE configuration_schedule (
  id         uuid        PRIMARY KEY,
  due_at     timestamptz NOT NULL,
  changes    jsonb       NOT NULL,
  reason     text        NOT NULL,
  asked_by   text        NOT NULL,
  asked_at   timestamptz NOT NULL DEFAULT now(),
  state      text        NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'running', 'done', 'refused', 'canceled')),
  claimed_at timestamptz,
  outcome    text        NOT NULL DEFAULT ''
);
CREATE INDEX configuration_schedule_due ON configuration_schedule (due_at)
  WHERE state IN ('waiting', 'running');

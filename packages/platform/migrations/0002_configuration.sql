-- Configuration documents: every change is a new row with the next version; `body` is null where a document
-- was removed.
CREATE TABLE configuration (
  version    bigint      PRIMARY KEY CHECK (version > 0),
  kind       text        NOT NULL,
  id         text        NOT NULL,
  body       jsonb,
  changed_by text        NOT NULL,
  changed_at timestamptz NOT NULL,
  UNIQUE (kind, id, version)
);
CREATE TRIGGER configuration_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON configuration
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What happened to the platform itself.
CREATE TABLE system_event (
  id       uuid        PRIMARY KEY,
  at       timestamptz NOT NULL,
  kind     text        NOT NULL,
  severity text        NOT NULL,
  subject  text        NOT NULL,
  firm     text,
  text     text        NOT NULL,
  details  json
);
CREATE INDEX system_event_newest ON system_event (at DESC, id DESC);
CREATE INDEX system_event_newest_of_firm ON system_event (firm, at DESC, id DESC) WHERE firm IS NOT NULL;

-- Tokens withdrawn before their time. In SQL, not in the cache: its loss would let them in again.
CREATE TABLE revoked_token (
  jti        text        PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX revoked_token_expiry ON revoked_token (expires_at);

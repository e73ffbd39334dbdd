-- What persons and programs decided: numbered without a hole, each entry holding the hash of the one before.
-- The body's bytes are what is hashed; the other columns are for finding it (docs/security/audit.md).
CREATE TABLE audit_entry (
  number bigint      PRIMARY KEY,
  id     uuid        NOT NULL UNIQUE,
  at     timestamptz NOT NULL,
  person text        NOT NULL,
  what   text        NOT NULL,
  target text        NOT NULL,
  body   bytea       NOT NULL,
  hash   bytea       NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_entry_at ON audit_entry (at);
CREATE INDEX audit_entry_person ON audit_entry (person, number);
CREATE INDEX audit_entry_what ON audit_entry (what, number);
CREATE INDEX audit_entry_target ON audit_entry (target, number);

CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Appenders take turns by an advisory lock; who does not hold it finds that its number is no longer the next.
CREATE FUNCTION refuse_hole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> coalesce((SELECT max(number) FROM audit_entry), 0) + 1 THEN
    RAISE EXCEPTION 'audit entry % is not the next', NEW.number USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER audit_entry_next BEFORE INSERT ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_hole();

-- Signed statements about the first `size` entries; whoever held the duty later says so with a higher epoch.
CREATE TABLE audit_checkpoint (
  size        bigint      PRIMARY KEY CHECK (size > 0),
  at          timestamptz NOT NULL,
  lease_epoch bigint      NOT NULL,
  key         text        NOT NULL,
  note        text        NOT NULL
);
CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

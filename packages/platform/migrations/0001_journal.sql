-- The journal: one sequence per partition without holes, one fenced writer per partition, append-only.

-- `head` is the highest sequence in the journal; an append moves it and inserts its records in one statement,
-- so the row is at once the fence (epoch), the check for holes (head) and the lock between writers.
CREATE TABLE partition_owner (
  partition  text        PRIMARY KEY,
  epoch      bigint      NOT NULL CHECK (epoch > 0),
  head       bigint      NOT NULL DEFAULT 0 CHECK (head >= 0),
  owner      text        NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- `json`, not `jsonb`: it keeps the text as it was journaled and takes every string JSON can hold (jsonb
-- refuses \u0000).
CREATE TABLE journal (
  partition text        NOT NULL,
  sequence  bigint      NOT NULL CHECK (sequence > 0),
  epoch     bigint      NOT NULL,
  at        timestamptz NOT NULL,
  type      text        NOT NULL,
  version   integer     NOT NULL,
  body      json        NOT NULL,
  PRIMARY KEY (partition, sequence)
);

CREATE TABLE snapshot (
  partition text        NOT NULL,
  sequence  bigint      NOT NULL CHECK (sequence >= 0),
  epoch     bigint      NOT NULL,
  body      text        NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partition, sequence)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A head that moves back would let history be written twice.
CREATE FUNCTION refuse_moving_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'epoch and head of partition % only grow', OLD.partition
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER partition_owner_grows BEFORE UPDATE ON partition_owner
  FOR EACH ROW WHEN (NEW.epoch < OLD.epoch OR NEW.head < OLD.head) EXECUTE FUNCTION refuse_moving_back();
CREATE TRIGGER partition_owner_stays BEFORE DELETE OR TRUNCATE ON partition_owner
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

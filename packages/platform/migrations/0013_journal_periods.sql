-- The journal in periods of time: partitions by range of `at`, so that old ones can be taken out whole. The
-- table there was becomes the first of them, up to the end of the month: nothing is copied.

-- Each period has its own primary key. That (partition, sequence) comes once over all of them is the fence's
-- doing (partition_owner: an append moves the head by just what it inserts); the archive counts it once more.

-- `to_at` is where the next period begins; `from_at` null: the first, from the beginning of time. The times
-- are those of the table's bounds. live: in the journal; archived: in a file only; restored: was archived,
-- and is in the journal again.
CREATE TABLE journal_period (
  name        text        PRIMARY KEY CHECK (name ~ '^journal_[a-z0-9_]+$'),
  from_at     timestamptz UNIQUE,
  to_at       timestamptz NOT NULL UNIQUE,
  state       text        NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'archived', 'restored')),
  -- SHA-256 of the manifest and when: of the last archive of it.
  manifest    text,
  archived_at timestamptz,
  restored_at timestamptz,
  CHECK (from_at < to_at),
  CHECK (state = 'live' OR manifest IS NOT NULL)
);

-- What of each partition an archived period has: without holes, count = last - first + 1.
CREATE TABLE journal_period_range (
  period    text   NOT NULL REFERENCES journal_period,
  partition text   NOT NULL,
  first     bigint NOT NULL CHECK (first > 0),
  last      bigint NOT NULL,
  PRIMARY KEY (period, partition),
  CHECK (last >= first)
);
CREATE INDEX journal_period_range_by_partition ON journal_period_range (partition, last);

-- A table that can become a period: shaped as the journal, with its key, append-only.
CREATE FUNCTION make_journal_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE journal INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
    PRIMARY KEY (partition, sequence))', name);
  EXECUTE format('CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
END
$$;

ALTER TABLE journal RENAME TO journal_first;
ALTER INDEX journal_pkey RENAME TO journal_first_pkey;
CREATE TABLE journal (LIKE journal_first INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)
  PARTITION BY RANGE (at);
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Attaching reads the table once, to see that its times are below the bound. Where the clock was ahead they
-- are not, and the bound is put behind them.
DO $$
DECLARE
  latest timestamptz := now();
  bound  timestamptz;
BEGIN
  FOR attempt IN 1..2 LOOP
    bound := (date_trunc('month', latest AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    BEGIN
      EXECUTE format('ALTER TABLE journal ATTACH PARTITION journal_first FOR VALUES FROM (MINVALUE) TO (%L)',
        bound);
      INSERT INTO journal_period (name, to_at) VALUES ('journal_first', bound);
      EXIT;
    EXCEPTION WHEN check_violation THEN
      IF attempt = 2 THEN RAISE; END IF;
      SELECT greatest(now(), max(at)) INTO latest FROM journal_first;
    END;
  END LOOP;
END
$$;

-- For what no period takes: an append never waits for one to be made.
SELECT make_journal_table('journal_default');
ALTER TABLE journal ATTACH PARTITION journal_default DEFAULT;

-- The last record of each partition of each archived period: who begins at its head finds it here.
CREATE TABLE journal_kept (LIKE journal INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
  PRIMARY KEY (partition, sequence));
CREATE TRIGGER journal_kept_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_kept
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_period_append_only BEFORE DELETE OR TRUNCATE ON journal_period
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_period_range_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_period_range
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

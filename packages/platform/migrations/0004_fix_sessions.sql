-- FIX sessions: numbers, stored messages and delivery cursors, one fenced owner per session.

-- The row is at once the numbers, the fence (epoch) and the lock between owners. `generation` counts resets:
-- after one, MsgSeqNum starts at 1 again, and messages of earlier generations are only rubbish to be deleted.
CREATE TABLE fix_session (
  session       text        PRIMARY KEY,
  epoch         bigint      NOT NULL CHECK (epoch > 0),
  owner         text        NOT NULL,
  claimed_at    timestamptz NOT NULL DEFAULT now(),
  generation    bigint      NOT NULL DEFAULT 1 CHECK (generation > 0),
  next_outbound bigint      NOT NULL DEFAULT 1 CHECK (next_outbound > 0),
  next_inbound  bigint      NOT NULL DEFAULT 1 CHECK (next_inbound > 0),
  -- Milliseconds since the epoch; 0: never reset.
  created_at_ms bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE FUNCTION refuse_session_moving_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'epoch and numbers of FIX session % only grow', OLD.session
    USING ERRCODE = 'insufficient_privilege';
END
$$;
-- A number that is used twice is a message that the counterparty never sees.
CREATE TRIGGER fix_session_grows BEFORE UPDATE ON fix_session
  FOR EACH ROW WHEN (NEW.epoch < OLD.epoch OR NEW.generation < OLD.generation
    OR (NEW.generation = OLD.generation AND NEW.next_outbound < OLD.next_outbound))
  EXECUTE FUNCTION refuse_session_moving_back();

CREATE TABLE fix_message (
  session          text             NOT NULL,
  generation       bigint           NOT NULL,
  seq_num          bigint           NOT NULL,
  at               timestamptz      NOT NULL DEFAULT now(),
  msg_type         text             NOT NULL,
  -- Milliseconds since the epoch; null: none.
  deadline_ms      double precision,
  source_partition text,
  source_sequence  bigint,
  -- The whole message as it was first sent.
  frame            bytea            NOT NULL,
  PRIMARY KEY (session, generation, seq_num)
);
-- Nothing to compress in a few hundred bytes that are read once in a while.
ALTER TABLE fix_message ALTER COLUMN frame SET STORAGE EXTERNAL;

-- Highest source sequence sent, per partition; survives resets.
CREATE TABLE fix_cursor (
  session   text   NOT NULL,
  partition text   NOT NULL,
  sequence  bigint NOT NULL CHECK (sequence > 0),
  PRIMARY KEY (session, partition)
) WITH (fillfactor = 50);

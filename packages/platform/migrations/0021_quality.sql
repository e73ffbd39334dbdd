-- States of every source × instrument, problem periods and statistics, as the monitor has seen them. The row
-- of quality_watch is its fence: who writes moves it under the epoch of the lease that it has.
CREATE TABLE quality_watch (
  only_one    boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  lease_epoch bigint      NOT NULL,
  -- Until then what is open in quality_span is known to have held.
  watched_to  timestamptz NOT NULL
);

-- Without holes: to_at of one is from_at of the next. Open: it holds until watched_to, and may go on.
CREATE TABLE quality_span (
  source       text             NOT NULL,
  instrument   text             NOT NULL,
  from_at      timestamptz      NOT NULL,
  to_at        timestamptz,
  state        text             NOT NULL,
  why          text             NOT NULL,
  peak         double precision NOT NULL,
  is_conflated boolean          NOT NULL,
  PRIMARY KEY (source, instrument, from_at)
);
CREATE INDEX quality_span_open ON quality_span (source, instrument) WHERE to_at IS NULL;
CREATE INDEX quality_span_ended ON quality_span (to_at);
CREATE INDEX quality_span_newest ON quality_span (from_at, source, instrument);

CREATE TABLE quality_period (
  id              text             PRIMARY KEY,
  source          text             NOT NULL,
  instrument      text             NOT NULL,
  state           text             NOT NULL,
  severity        text             NOT NULL,
  from_at         timestamptz      NOT NULL,
  to_at           timestamptz,
  troubled_ms     bigint           NOT NULL,
  episodes        integer          NOT NULL,
  peak            double precision NOT NULL,
  why             text             NOT NULL,
  cause           text,
  acknowledged_by text,
  acknowledged_at timestamptz,
  excused_by      text,
  excused_at      timestamptz
);
CREATE INDEX quality_period_newest ON quality_period (from_at, id);
CREATE INDEX quality_period_ended ON quality_period (to_at);
CREATE INDEX quality_period_cause ON quality_period (cause) WHERE cause IS NOT NULL;

-- What people said of a period; never changed.
CREATE TABLE quality_mark (
  number  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  period  text        NOT NULL,
  at      timestamptz NOT NULL,
  action  text        NOT NULL,
  by_user text        NOT NULL,
  reason  text        NOT NULL
);
CREATE INDEX quality_mark_of_period ON quality_mark (period, number);

CREATE TABLE instrument_statistics (
  grain          text             NOT NULL,
  instrument     text             NOT NULL,
  source         text             NOT NULL,
  from_at        timestamptz      NOT NULL,
  length_ms      integer          NOT NULL,
  ticks          bigint           NOT NULL,
  quoted_ms      integer          NOT NULL,
  -- [points, ms, points, ms, …]
  spreads        jsonb            NOT NULL,
  bid_top_ms     integer          NOT NULL,
  ask_top_ms     integer          NOT NULL,
  silence_ms_max integer          NOT NULL,
  open_twice     bigint,
  high_twice     bigint,
  low_twice      bigint,
  close_twice    bigint,
  variance       double precision NOT NULL,
  PRIMARY KEY (grain, instrument, source, from_at)
);
CREATE INDEX instrument_statistics_newest ON instrument_statistics (grain, from_at, instrument, source);

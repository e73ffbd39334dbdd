-- Jobs as people see them: each row is one job's whole life. Which job is next, and which attempt may still
-- settle it, is in the queue's own schema job_queue, which pg-boss makes; both change in one transaction.
CREATE TABLE job (
  id            uuid             PRIMARY KEY,
  kind          text             NOT NULL,
  state         text             NOT NULL CHECK (state IN
    ('waiting', 'queued', 'running', 'retrying', 'completed', 'failed', 'canceled')),
  input         jsonb            NOT NULL,
  firm          text             NOT NULL,
  requested_by  text             NOT NULL,
  requested_at  timestamptz(3)   NOT NULL DEFAULT clock_timestamp(),
  -- The same key of the same person is the same job.
  key           text,
  priority      integer          NOT NULL,
  deadline      timestamptz,
  -- pg-boss's count of retries: with the id it names the attempt that may settle it.
  attempt       integer          NOT NULL DEFAULT -1,
  attempts_max  integer          NOT NULL,
  worker        text,
  ready_at      timestamptz      NOT NULL DEFAULT clock_timestamp(),
  started_at    timestamptz,
  ended_at      timestamptz,
  progress      double precision NOT NULL DEFAULT 0,
  progress_text text             NOT NULL DEFAULT '',
  result        jsonb,
  code          text,
  error         text,
  part_of       uuid,
  schedule      text,
  slot          timestamptz
);
CREATE INDEX job_newest ON job (requested_at, id);
CREATE INDEX job_open ON job (kind, ready_at) WHERE state IN ('waiting', 'queued', 'retrying', 'running');
CREATE INDEX job_running ON job (worker) WHERE state = 'running';
CREATE INDEX job_failed ON job (kind, ended_at) WHERE state = 'failed';
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_parts ON job (part_of) WHERE part_of IS NOT NULL;
CREATE UNIQUE INDEX job_key ON job (requested_by, key) WHERE key IS NOT NULL;

CREATE TABLE job_dependency (
  job   uuid NOT NULL REFERENCES job ON DELETE CASCADE,
  needs uuid NOT NULL,
  PRIMARY KEY (job, needs)
);
CREATE INDEX job_dependency_needs ON job_dependency (needs);

CREATE TABLE job_event (
  number  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job     uuid        NOT NULL REFERENCES job ON DELETE CASCADE,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  what    text        NOT NULL,
  attempt integer     NOT NULL,
  worker  text,
  person  text,
  text    text        NOT NULL
);
CREATE INDEX job_event_job ON job_event (job, number);

CREATE TABLE job_file (
  job        uuid  PRIMARY KEY REFERENCES job ON DELETE CASCADE,
  name       text  NOT NULL,
  media_type text  NOT NULL,
  content    bytea NOT NULL
);

-- Workers; one whose time has run out is taken for dead, and its jobs go elsewhere.
CREATE TABLE worker (
  id          text        PRIMARY KEY,
  instance    text        NOT NULL,
  host        text        NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  alive_until timestamptz NOT NULL,
  is_draining boolean     NOT NULL DEFAULT false,
  slots       integer     NOT NULL,
  running     integer     NOT NULL DEFAULT 0,
  completed   bigint      NOT NULL DEFAULT 0,
  failed      bigint      NOT NULL DEFAULT 0
);

-- How far each schedule has been looked at, and what became of every slot: a slot is there once.
CREATE TABLE job_schedule (
  name      text        PRIMARY KEY,
  looked_to timestamptz NOT NULL
);
CREATE TABLE job_slot (
  schedule text        NOT NULL,
  slot     timestamptz NOT NULL,
  job      uuid,
  why      text        NOT NULL,
  PRIMARY KEY (schedule, slot)
);

-- What jobs bring about.
CREATE TABLE availability_day (
  day         date             NOT NULL,
  source      text             NOT NULL,
  instrument  text             NOT NULL,
  from_at     timestamptz      NOT NULL,
  to_at       timestamptz      NOT NULL,
  figures     jsonb            NOT NULL,
  job         uuid             NOT NULL,
  PRIMARY KEY (day, source, instrument)
);
CREATE TABLE reconciliation (
  day        date        NOT NULL,
  firm       text        NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  journal    integer     NOT NULL,
  tables     integer     NOT NULL,
  breaks     jsonb       NOT NULL,
  job        uuid        NOT NULL,
  PRIMARY KEY (day, firm)
);
CREATE TABLE audit_verification (
  job        uuid        PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  entries    bigint      NOT NULL,
  signed     bigint      NOT NULL,
  first_bad  bigint,
  text       text        NOT NULL
);

-- Cases: what a venue said that could not be booked as it stands, and what a person made of it. Built by the
-- projector from the journal like the other views.
CREATE TABLE case_view (
  firm           text        NOT NULL,
  case_id        text        NOT NULL,
  kind           text        NOT NULL,
  state          text        NOT NULL,
  venue          text        NOT NULL,
  route_id       text        NOT NULL,
  venue_exec_id  text,
  order_id       text,
  instrument     text,
  side           text,
  text           text        NOT NULL,
  raw            text,
  action         text,
  quantity       numeric,
  price          numeric,
  price_scale    integer,
  quantity_scale integer,
  opened_at      timestamptz NOT NULL,
  resolved_at    timestamptz,
  resolved_by    text,
  reason         text,
  sequence       bigint      NOT NULL,
  PRIMARY KEY (firm, case_id)
);
CREATE INDEX case_view_newest ON case_view (opened_at DESC, firm DESC, case_id DESC);
CREATE INDEX case_view_open ON case_view (opened_at DESC, firm DESC, case_id DESC) WHERE state = 'open';
CREATE INDEX case_view_by_id ON case_view (case_id);

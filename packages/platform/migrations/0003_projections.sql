-- What the API and the UI read. Built by the projector from the journal; may be dropped and built again; risk
-- never reads it.
CREATE TABLE order_view (
  firm            text        NOT NULL,
  order_id        text        NOT NULL,
  cl_ord_id       text        NOT NULL,
  client          text        NOT NULL,
  channel         text        NOT NULL,
  account         text        NOT NULL,
  trader          text        NOT NULL,
  instrument      text        NOT NULL,
  symbol          text        NOT NULL,
  side            text        NOT NULL,
  type            text        NOT NULL,
  price           numeric,
  quantity        numeric     NOT NULL,
  time_in_force   text        NOT NULL,
  status          text        NOT NULL,
  filled_quantity numeric     NOT NULL,
  leaves_quantity numeric     NOT NULL,
  average_price   numeric,
  code            text,
  text            text        NOT NULL,
  unknown         boolean     NOT NULL,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  sequence        bigint      NOT NULL,
  PRIMARY KEY (firm, order_id)
);
CREATE INDEX order_view_newest ON order_view (created_at DESC, firm DESC, order_id DESC);
CREATE INDEX order_view_newest_of_firm ON order_view (firm, created_at DESC, order_id DESC);
CREATE INDEX order_view_newest_of_account ON order_view (firm, account, created_at DESC, order_id DESC);
CREATE INDEX order_view_by_id ON order_view (order_id);
CREATE INDEX order_view_open ON order_view (firm, created_at DESC, order_id DESC)
  WHERE status IN ('new', 'partiallyFilled', 'pendingCancel');

CREATE TABLE execution_view (
  firm          text        NOT NULL,
  exec_id       text        NOT NULL,
  order_id      text        NOT NULL,
  cl_ord_id     text        NOT NULL,
  account       text        NOT NULL,
  instrument    text        NOT NULL,
  symbol        text        NOT NULL,
  side          text        NOT NULL,
  quantity      numeric     NOT NULL,
  price         numeric     NOT NULL,
  venue         text        NOT NULL,
  venue_exec_id text        NOT NULL,
  at            timestamptz NOT NULL,
  sequence      bigint      NOT NULL,
  PRIMARY KEY (firm, exec_id)
);
CREATE INDEX execution_view_newest ON execution_view (at DESC, firm DESC, exec_id DESC);
CREATE INDEX execution_view_newest_of_firm ON execution_view (firm, at DESC, exec_id DESC);
CREATE INDEX execution_view_newest_of_account ON execution_view (firm, account, at DESC, exec_id DESC);
CREATE INDEX execution_view_of_order ON execution_view (firm, order_id, at DESC, exec_id DESC);

CREATE TABLE position_view (
  firm           text    NOT NULL,
  account        text    NOT NULL,
  instrument     text    NOT NULL,
  symbol         text    NOT NULL,
  quantity       numeric NOT NULL,
  average_price  numeric,
  realized_pnl   numeric NOT NULL,
  quote_currency text    NOT NULL,
  sequence       bigint  NOT NULL,
  PRIMARY KEY (firm, account, instrument)
);

-- How far a projection has folded each partition: moved in the transaction that writes the rows.
CREATE TABLE projection_cursor (
  projection text   NOT NULL,
  partition  text   NOT NULL,
  sequence   bigint NOT NULL,
  PRIMARY KEY (projection, partition)
);

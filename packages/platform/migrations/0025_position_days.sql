-- Profit and loss of the day: each position as the trading day found it, written with its first trade of that
-- day. A position that was not traded since is its own opening.
ALTER TABLE position_view ADD COLUMN changed_at timestamptz;
UPDATE position_view AS p SET changed_at = (
  SELECT max(e.at) FROM execution_view e
  WHERE e.firm = p.firm AND e.account = p.account AND e.instrument = p.instrument
);
CREATE TABLE position_day (
  firm          text    NOT NULL,
  account       text    NOT NULL,
  instrument    text    NOT NULL,
  -- The trade date: 2026-11-25.
  day           text    NOT NULL,
  quantity      numeric NOT NULL,
  average_price numeric,
  realized_pnl  numeric NOT NULL,
  PRIMARY KEY (day, firm, account, instrument)
);

-- Executions say who entered the order and when the trade settles (an ISO date, which is text here: a driver
-- makes of a date a moment in its own zone). Value dates of what was projected before are not known until the
-- tables are built again.
ALTER TABLE execution_view
  ADD COLUMN trader     text NOT NULL DEFAULT '',
  ADD COLUMN channel    text NOT NULL DEFAULT 'fix',
  ADD COLUMN client     text NOT NULL DEFAULT '',
  ADD COLUMN value_date text;
UPDATE execution_view e SET trader = o.trader, channel = o.channel, client = o.client
FROM order_view o WHERE o.firm = e.firm AND o.order_id = e.order_id;

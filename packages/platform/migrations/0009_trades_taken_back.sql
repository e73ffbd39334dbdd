-- Trades that were taken back or corrected stand among the executions, with the ExecID of the trade that they
-- are about. What was projected before is a trade.
ALTER TABLE execution_view
  ADD COLUMN exec_type   text NOT NULL DEFAULT 'trade',
  ADD COLUMN exec_ref_id text;

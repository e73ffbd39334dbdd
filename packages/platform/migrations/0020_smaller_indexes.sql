-- Bytes that each order leaves in indexes and no query needs. The firm is in an order's id, so the primary
-- key finds it; within an account's or an order's rows of one moment a sort is as fast as a longer key.
DROP INDEX order_view_by_id;

DROP INDEX order_view_newest_of_account;
DROP INDEX execution_view_newest_of_account;
CREATE INDEX order_view_newest_of_account ON order_view (firm, account, created_at);
CREATE INDEX execution_view_newest_of_account ON execution_view (firm, account, at);

DROP INDEX execution_view_of_order;
CREATE INDEX execution_view_of_order ON execution_view (firm, order_id);

-- The fate of an order by the name that its sender gave it; what was refused is in here, too.
CREATE INDEX order_view_by_cl_ord_id ON order_view (firm, client, cl_ord_id);

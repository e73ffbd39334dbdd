-- ClOrdIDs that an order has had beside its present one, and those of requests for it: so that who asks with
-- one of them, however late, is told of the order. An order that was never changed has no row here.
CREATE TABLE order_name (
  firm      text   NOT NULL,
  client    text   NOT NULL,
  cl_ord_id text   NOT NULL,
  order_id  text   NOT NULL,
  sequence  bigint NOT NULL,
  PRIMARY KEY (firm, client, cl_ord_id)
);
CREATE INDEX order_name_by_order ON order_name (firm, order_id);

-- What a snapshot is made of beside its head, which is in `snapshot` and is written last.
CREATE TABLE snapshot_part (
  partition text    NOT NULL,
  sequence  bigint  NOT NULL,
  epoch     bigint  NOT NULL,
  part      integer NOT NULL,
  body      text    NOT NULL,
  PRIMARY KEY (partition, sequence, epoch, part)
);

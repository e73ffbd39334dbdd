-- What tells a process from the one before it, whatever their clocks say: each start takes the next block of
-- a million. It begins above every epoch that was made from a clock in milliseconds.
CREATE SEQUENCE process_epoch AS bigint START WITH 4000000000000 INCREMENT BY 1000000 NO CYCLE;

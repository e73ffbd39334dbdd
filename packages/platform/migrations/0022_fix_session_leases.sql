-- Of the lease under which the session was opened last: who comes with an older one comes too late. Gateways
-- without leases leave it as it is.
ALTER TABLE fix_session ADD COLUMN lease_epoch bigint NOT NULL DEFAULT 0;

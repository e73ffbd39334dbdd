-- Outbound numbers that a session may use without asking again: a crash goes on from here. At a clean end it
-- is `next_outbound`.
ALTER TABLE fix_session ADD COLUMN reserved_outbound bigint NOT NULL DEFAULT 1 CHECK (reserved_outbound > 0);

-- Refusals at the edge answer a message for good while others before it are still open: a session that is
-- opened again looks for just those.

CREATE INDEX fix_message_answered ON fix_message (session, generation, source_sequence)
  WHERE source_partition = '';

/**
 * The statements of the PostgreSQL session store. One statement is one transaction: it moves the numbers of
 * every session whose epoch is as the draft says, and inserts messages and cursors of just those. A session
 * that is fenced finds no row to move and leaves the others alone. The moved row is locked until the commit,
 * so a claim waits for it and then sees what it did. Within an epoch a number has one message only, so a
 * statement whose answer was lost can be sent again: what is there stays.
 */
import type { Draft } from './sessions.postgres.draft.ts';

export const writeStatement = `
  WITH member AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $19::bigint[], $20::boolean[])
      AS m (session, epoch, generation, next_outbound, next_inbound, created_at_ms, reserved, is_last)
  ), moved AS (
    UPDATE fix_session s SET generation = m.generation, next_outbound = m.next_outbound,
      next_inbound = m.next_inbound, created_at_ms = m.created_at_ms,
      reserved_outbound = CASE WHEN m.is_last OR m.generation > s.generation THEN m.reserved
        ELSE greatest(m.reserved, s.reserved_outbound) END
    FROM member m WHERE s.session = m.session AND s.epoch = m.epoch
    RETURNING s.session, s.generation
  ), inserted AS (
    INSERT INTO fix_message
      (session, generation, seq_num, msg_type, deadline_ms, source_partition, source_sequence, frame)
    SELECT moved.session, moved.generation, r.seq_num, r.msg_type, r.deadline_ms, r.partition, r.sequence,
      substring($15::bytea FROM r.start FOR r.bytes)
    FROM unnest($7::text[], $8::bigint[], $9::text[], $10::float8[], $11::text[], $12::bigint[], $13::int[],
        $14::int[])
      AS r (session, seq_num, msg_type, deadline_ms, partition, sequence, start, bytes)
    JOIN moved USING (session)
    ON CONFLICT (session, generation, seq_num) DO NOTHING
  ), noted AS (
    INSERT INTO fix_cursor (session, partition, sequence)
    SELECT moved.session, c.partition, c.sequence
    FROM unnest($16::text[], $17::text[], $18::bigint[]) AS c (session, partition, sequence)
    JOIN moved USING (session)
    ON CONFLICT (session, partition) DO UPDATE
      SET sequence = greatest(fix_cursor.sequence, excluded.sequence)
  )
  SELECT session FROM moved`;

export function writeParameters(drafts: readonly Draft[]): unknown[] {
  const sessions: string[] = [];
  const seqNums: number[] = [];
  const msgTypes: string[] = [];
  const deadlines: (number | null)[] = [];
  const partitions: (string | null)[] = [];
  const sequences: (number | null)[] = [];
  const starts: number[] = [];
  const lengths: number[] = [];
  const cursors: [session: string, partition: string, sequence: number][] = [];
  let start = 1;
  for (const { owner, messages, cursors: noted } of drafts) {
    for (const message of messages) {
      sessions.push(owner.session);
      seqNums.push(message.seqNum);
      msgTypes.push(message.msgType);
      deadlines.push(message.deadlineMs ?? null);
      partitions.push(message.partition ?? null);
      sequences.push(message.sequence ?? null);
      starts.push(start);
      lengths.push(message.bytes);
      start += message.bytes;
    }
    for (const [partition, sequence] of noted) cursors.push([owner.session, partition, sequence]);
  }
  return [
    drafts.map(({ owner }) => owner.session),
    drafts.map(({ numbers }) => numbers.epoch),
    drafts.map(({ numbers }) => numbers.generation),
    drafts.map(({ numbers }) => numbers.nextOutbound),
    drafts.map(({ numbers }) => numbers.nextInbound),
    drafts.map(({ numbers }) => numbers.createdAtMs),
    sessions,
    seqNums,
    msgTypes,
    deadlines,
    partitions,
    sequences,
    starts,
    lengths,
    Buffer.concat(drafts.flatMap(({ frames }) => frames)),
    cursors.map(([session]) => session),
    cursors.map(([, partition]) => partition),
    cursors.map(([, , sequence]) => sequence),
    drafts.map(({ numbers }) => numbers.reservedOutbound),
    drafts.map(({ isLast }) => isLast),
  ];
}

/**
 * Takes the session over, with numbers of its own to use. Waits for a write of its previous owner that is
 * under way; goes on behind the numbers that this one may have used unwritten. No row: it was opened under a
 * later lease.
 */
export const claimStatement = `
  INSERT INTO fix_session AS held (session, epoch, owner, reserved_outbound, lease_epoch)
  VALUES ($1, 1, $2, 1 + $3::bigint, $4::bigint)
  ON CONFLICT (session) DO UPDATE
    SET epoch = held.epoch + 1, owner = excluded.owner, claimed_at = now(),
      next_outbound = greatest(held.next_outbound, held.reserved_outbound),
      reserved_outbound = greatest(held.next_outbound, held.reserved_outbound) + $3::bigint,
      lease_epoch = greatest(held.lease_epoch, excluded.lease_epoch)
    WHERE excluded.lease_epoch IN (0, held.lease_epoch) OR excluded.lease_epoch > held.lease_epoch
  RETURNING epoch, generation, next_outbound, next_inbound, created_at_ms`;

export const cursorsStatement = 'SELECT partition, sequence FROM fix_cursor WHERE session = $1';

/** Inbound numbers from $3 on that a message of this generation answers for good. */
export const answeredStatement = `
  SELECT source_sequence AS number FROM fix_message
  WHERE session = $1 AND generation = $2 AND source_partition = '' AND source_sequence >= $3`;

export const deliveredStatement =
  'SELECT partition, max(sequence) AS sequence FROM fix_cursor GROUP BY partition';

/** One row without a message says that the session is still ours and nothing is there; no row: fenced. */
export const readStatement = `
  SELECT m.seq_num, m.msg_type, m.deadline_ms, m.source_partition, m.source_sequence, m.frame
  FROM fix_session s
  LEFT JOIN fix_message m
    ON m.session = s.session AND m.generation = s.generation AND m.seq_num BETWEEN $3 AND $4
  WHERE s.session = $1 AND s.epoch = $2
  ORDER BY m.seq_num`;

/** Messages of earlier generations, and of this one all but so many of the newest; some at a time. */
export const trimStatement = `
  DELETE FROM fix_message WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM fix_message
    WHERE session = $1 AND (generation < $2 OR (generation = $2 AND seq_num <= (
      SELECT seq_num FROM fix_message WHERE session = $1 AND generation = $2
      ORDER BY seq_num DESC OFFSET $3 LIMIT 1)))
    LIMIT $4))`;

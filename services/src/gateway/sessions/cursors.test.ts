/** Where a gateway goes on when what its sessions were told last is in the archive. */
import type { RecordedEvent } from '@tidegate/wire/commands';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { expect, it } from 'vitest';
import { Cursors, type Told } from './cursors.ts';

const partition = 'acme';
const numbering = { base: 1_000, from: 4 };

/** Six events; from the fourth on they are numbered anew. */
async function journalOf(archived: number): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  const { epoch } = await journal.claim(partition, 'test');
  const events = [1, 2, 3, 4, 5, 6].map((sequence) => {
    const event = {
      type: 'venueReportUnmatched',
      commandId: `c${sequence}`,
      venue: 'a',
      routeId: '',
      text: '',
    };
    const body = (sequence < numbering.from ? { event } : { event, numbering }) as RecordedEvent;
    return { type: event.type, atMs: 5, body };
  });
  await journal.append({ partition, epoch, firstSequence: 1, events });
  journal.archive(partition, archived);
  return journal;
}

const session = (cursor: number): Told => ({
  id: `told ${cursor}`,
  createdAtMs: 1,
  cursor: () => cursor,
  noteCursors: () => undefined,
});

it.each([0, 2, 5, 6])(
  'knows the numbering and takes nobody for ahead, with %i events archived',
  async (last) => {
    const journal = await journalOf(last);
    const beginningOf = async (...cursors: readonly number[]) => {
      const sessionsOf = () => cursors.map(session);
      const cursorsOf = new Cursors({ journal, sessionsOf, isBehind: () => false, mayBeLate: () => false });
      const { after, ahead } = await cursorsOf.beginningOf(partition, 6, 0);
      return { after, ahead: ahead?.id };
    };
    expect(await beginningOf(1_006)).toEqual({ after: 6, ahead: undefined });
    expect(await beginningOf(1_006, 1_004)).toEqual({ after: 4, ahead: undefined });
    expect(await beginningOf(1_007)).toEqual({ after: 6, ahead: 'told 1007' });
    // Of the numbering before: from where it was, or from where the archive ends.
    const { after } = await beginningOf(2);
    expect(after).toBeLessThanOrEqual(3);
  },
);

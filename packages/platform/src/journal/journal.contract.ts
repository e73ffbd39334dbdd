/** What every journal does; run on `journal.memory` and on `journal.postgres`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalFenced, type Journal, type JournalEvent } from './journal.ts';
import { turn, until } from '../testing/until.ts';

export function events(from: number, count: number): readonly JournalEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'orderAccepted',
    atMs: 1_760_000_000_123 + index,
    body: { number: from + index, text: `"${from + index}\\ü\u0000 ` },
  }));
}

export function journalContract(name: string, make: () => Promise<Journal>): void {
  describe(`journal contract: ${name}`, () => {
    let journal: Journal;
    beforeAll(async () => {
      journal = await make();
    });
    afterAll(async () => {
      await journal.close();
    });

    records(() => journal);
    fencing(() => journal);
    snapshots(() => journal);
  });
}

function records(get: () => Journal): void {
  it('gives records back as they were appended, from any sequence, at most as many as asked', async () => {
    const journal = get();
    const { epoch, head } = await journal.claim('alpha', 'one');
    expect(head).toBe(0);
    await journal.append({ partition: 'alpha', epoch, firstSequence: 1, events: events(1, 3) });
    await journal.append({ partition: 'alpha', epoch, firstSequence: 4, events: events(4, 2) });
    const all = await journal.read('alpha', 1, 100);
    expect(all).toEqual(
      events(1, 3)
        .concat(events(4, 2))
        .map((event, index) => ({ ...event, partition: 'alpha', sequence: index + 1, epoch, version: 1 })),
    );
    expect((await journal.read('alpha', 2, 2)).map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(await journal.read('alpha', 6, 10)).toEqual([]);
    expect((await journal.heads()).get('alpha')).toBe(5);
  });

  it('gives the records that name an order, within bounds', async () => {
    const journal = get();
    const { epoch } = await journal.claim('named', 'one');
    const of = (...names: readonly string[]): readonly JournalEvent[] =>
      names.map((orderId) => ({
        type: 'x',
        atMs: 5,
        body: { event: { orderId, text: '\u0000 "ü' }, order: {} },
      }));
    const named = of('named.1', 'named.11', 'named.2', 'named.1');
    const other = { type: 'x', atMs: 5, body: { event: { text: 'named.1' } } };
    await journal.append({ partition: 'named', epoch, firstSequence: 1, events: [...named, other] });
    const found = async (orderId: string, from: number, to: number) =>
      (await journal.readOrder('named', orderId, from, to)).map(({ sequence }) => sequence);
    expect(await found('named.1', 1, 5)).toEqual([1, 4]);
    expect(await found('named.1', 2, 5)).toEqual([4]);
    expect(await found('named.1', 1, 3)).toEqual([1]);
    expect(await found('named.3', 1, 5)).toEqual([]);
    expect((await journal.readOrder('named', 'named.2', 1, 5))[0]!.body).toEqual(named[2]!.body);
  });

  it('takes pipelined appends in order, and fails those after a refused one', async () => {
    const journal = get();
    const { epoch } = await journal.claim('pipelined', 'one');
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        journal.append({
          partition: 'pipelined',
          epoch,
          firstSequence: 2 * index + 1,
          events: events(2 * index + 1, 2),
        }),
      ),
    );
    expect(
      (await journal.read('pipelined', 1, 200)).map(({ body }) => (body as { number: number }).number),
    ).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    const results = await Promise.allSettled(
      [150, 151, 152].map((firstSequence) =>
        journal.append({ partition: 'pipelined', epoch, firstSequence, events: events(firstSequence, 1) }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
}

function fencing(get: () => Journal): void {
  it('refuses a hole, a repetition, a partition nobody claimed', async () => {
    const journal = get();
    const { epoch } = await journal.claim('holes', 'one');
    await journal.append({ partition: 'holes', epoch, firstSequence: 1, events: events(1, 2) });
    for (const firstSequence of [1, 2, 4]) {
      await expect(
        journal.append({ partition: 'holes', epoch, firstSequence, events: events(9, 1) }),
      ).rejects.toBeInstanceOf(JournalFenced);
    }
    await expect(
      journal.append({ partition: 'nobody', epoch: 1, firstSequence: 1, events: events(1, 1) }),
    ).rejects.toBeInstanceOf(JournalFenced);
    expect((await journal.heads()).get('holes')).toBe(2);
  });

  it('confirms who owns, and tells who does not any more', async () => {
    const journal = get();
    const old = await journal.claim('confirmed', 'old');
    await journal.confirm('confirmed', old.epoch);
    const { epoch } = await journal.claim('confirmed', 'new');
    const answers = await Promise.allSettled([
      journal.confirm('confirmed', old.epoch),
      journal.confirm('confirmed', epoch),
      journal.confirm('unclaimed', 1),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(answers[0]).toMatchObject({ reason: { code: 'JOURNAL_FENCED' } });
  });

  it('refuses a claim under a lease that is older than the last one', async () => {
    const journal = get();
    const { epoch } = await journal.claim('leased', 'two', 20);
    await expect(journal.claim('leased', 'one', 19)).rejects.toBeInstanceOf(JournalFenced);
    await journal.confirm('leased', epoch);
    expect((await journal.claim('leased', 'two', 20)).epoch).toBe(epoch + 1);
    expect((await journal.claim('leased', 'by hand')).epoch).toBe(epoch + 2);
    await expect(journal.claim('leased', 'one', 19)).rejects.toBeInstanceOf(JournalFenced);
  });

  it('fences the old owner from the claim on, and tells the new one the head', async () => {
    const journal = get();
    const old = await journal.claim('fence', 'old');
    await journal.append({ partition: 'fence', epoch: old.epoch, firstSequence: 1, events: events(1, 4) });
    const successor = await journal.claim('fence', 'new');
    expect(successor).toEqual({ epoch: old.epoch + 1, head: 4 });
    await expect(
      journal.append({ partition: 'fence', epoch: old.epoch, firstSequence: 5, events: events(5, 1) }),
    ).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
    await journal.append({
      partition: 'fence',
      epoch: successor.epoch,
      firstSequence: 5,
      events: events(5, 1),
    });
    expect((await journal.read('fence', 5, 1))[0]?.epoch).toBe(successor.epoch);
  });

  it('never lets a fenced append harm the appends of others beside it', async () => {
    const journal = get();
    const stale = await journal.claim('stale', 'old');
    await journal.claim('stale', 'new');
    const owners = await Promise.all(
      ['p1', 'p2', 'p3'].map(async (partition) => ({
        partition,
        ...(await journal.claim(partition, 'one')),
      })),
    );
    const results = await Promise.allSettled([
      journal.append({ partition: 'stale', epoch: stale.epoch, firstSequence: 1, events: events(1, 1) }),
      ...owners.map(({ partition, epoch }) =>
        journal.append({ partition, epoch, firstSequence: 1, events: events(1, 2) }),
      ),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect((await journal.heads()).get('stale')).toBe(0);
    expect((await journal.heads()).get('p3')).toBe(2);
  });

  it('never interleaves two owners that race: what each was told is what is there', async () => {
    const journal = get();
    const { told, last } = await race(journal);
    const records = await journal.read('race', 1, 10_000);
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    expect(records.map(({ body, epoch }) => `${epoch}:${(body as { number: number }).number}`)).toEqual(told);
    expect(records.map(({ epoch }) => epoch)).toEqual(
      records.map(({ epoch }) => epoch).sort((a, b) => a - b),
    );
    expect(last).toBe(records.length);
  });
}

function snapshots(get: () => Journal): void {
  it('keeps the latest snapshot of the current owner only', async () => {
    const journal = get();
    const { epoch } = await journal.claim('snapshots', 'one');
    await journal.append({ partition: 'snapshots', epoch, firstSequence: 1, events: events(1, 9) });
    expect(await journal.latestSnapshot('snapshots')).toBeUndefined();
    for (const sequence of [3, 5, 9])
      await journal.saveSnapshot('snapshots', epoch, { sequence, body: `{"at":${sequence}}` });
    expect(await journal.latestSnapshot('snapshots')).toEqual({ sequence: 9, epoch, body: '{"at":9}' });
    await expect(
      journal.saveSnapshot('snapshots', epoch, { sequence: 10, body: '{}' }),
    ).rejects.toBeInstanceOf(JournalFenced);
    await journal.claim('snapshots', 'two');
    await expect(
      journal.saveSnapshot('snapshots', epoch, { sequence: 9, body: '{}' }),
    ).rejects.toBeInstanceOf(JournalFenced);
  });

  it('keeps the parts of a snapshot apart from those that nobody finished', async () => {
    const journal = get();
    const parts = (epoch: number, sequence: number, from = 0, limit = 10) =>
      journal.snapshotParts('parts', { epoch, sequence }, from, limit);
    const save = (epoch: number, sequence: number, ...bodies: string[]) =>
      Promise.all(
        bodies.map((body, part) => journal.saveSnapshotPart('parts', epoch, { sequence, part, body })),
      );
    const { epoch: killed } = await journal.claim('parts', 'one');
    await journal.append({ partition: 'parts', epoch: killed, firstSequence: 1, events: events(1, 9) });
    await save(killed, 3, 'a', 'b', 'c');
    await journal.saveSnapshot('parts', killed, { sequence: 3, body: 'three' });
    await save(killed, 5, 'd', 'e');
    const { epoch } = await journal.claim('parts', 'two');
    expect(await journal.latestSnapshot('parts')).toEqual({ sequence: 3, epoch: killed, body: 'three' });
    expect(await parts(killed, 3)).toEqual(['a', 'b', 'c']);
    expect(await parts(killed, 3, 1, 1)).toEqual(['b']);
    await expect(save(killed, 6, 'late')).rejects.toBeInstanceOf(JournalFenced);
    await save(epoch, 5, 'f', 'g');
    await journal.saveSnapshot('parts', epoch, { sequence: 5, body: 'five' });
    expect([await parts(epoch, 5), await parts(killed, 5)]).toEqual([['f', 'g'], []]);
    await save(epoch, 9, 'h');
    await journal.saveSnapshot('parts', epoch, { sequence: 9, body: 'nine' });
    expect(await parts(killed, 3)).toEqual([]);
    expect(await parts(epoch, 9)).toEqual(['h']);
  });

  it('throws at our own mistakes: bad partition, no events, a time that is not whole milliseconds', () => {
    const journal = get();
    const good = { partition: 'alpha', epoch: 1, firstSequence: 1, events: events(1, 1) };
    expect(() => journal.append({ ...good, partition: 'a b' })).toThrow(RangeError);
    expect(() => journal.append({ ...good, events: [] })).toThrow(RangeError);
    expect(() => journal.append({ ...good, firstSequence: 0 })).toThrow(RangeError);
    expect(() => journal.append({ ...good, events: [{ type: 'x', atMs: 0.5, body: {} }] })).toThrow(
      RangeError,
    );
  });
}

/** Five owners claim one after the other while each keeps appending until it is fenced. */
async function race(journal: Journal): Promise<{ readonly told: readonly string[]; readonly last: number }> {
  const told: string[] = [];
  let last = 0;
  const owners: Promise<void>[] = [];
  for (let owner = 1; owner <= 5; owner++) {
    const { epoch, head } = await journal.claim('race', `owner ${owner}`);
    expect(head).toBeGreaterThanOrEqual(last);
    owners.push(
      (async () => {
        for (let sequence = head + 1; ; sequence++) {
          try {
            await journal.append({
              partition: 'race',
              epoch,
              firstSequence: sequence,
              events: events(sequence, 1),
            });
          } catch (error) {
            expect(error).toBeInstanceOf(JournalFenced);
            return;
          }
          told.push(`${epoch}:${sequence}`);
          last = sequence;
          await turn();
        }
      })(),
    );
    const enough = last + 5;
    await until(() => last >= enough);
  }
  await journal.claim('race', 'the end');
  await Promise.all(owners);
  return { told, last };
}

/** What became of what a process owned, and who would be missed. */
import { describe, expect, it } from 'vitest';
import { aloneWith, movedFrom, type InstanceState } from './instances.ts';
import type { LeaseView } from './leases.ts';

const since = '2026-03-02T10:00:00.000Z';
const lease = (resource: string, epoch: number, instance?: string, isLive = true): LeaseView => ({
  kind: 'partition',
  resource,
  ...(instance === undefined ? {} : { instance }),
  isLive,
  epoch,
  since,
  why: 'handedOver',
});
const owned = (resource: string, epoch: number) => ({ kind: 'partition', resource, epoch });

describe('what a leaving process owned', () => {
  it('has moved when another has it, is free when nobody has, and stays while it has it itself', () => {
    const answer = { instance: 'a', owned: ['f1', 'f2', 'f3', 'f4', 'f5'].map((firm) => owned(firm, 7)) };
    const leases = [lease('f1', 9, 'b'), lease('f2', 7), lease('f3', 7, 'a'), lease('f4', 7, 'a', false)];
    expect(movedFrom(answer, leases)).toEqual([
      { ...owned('f1', 7), state: 'moved', to: 'b', since },
      { ...owned('f2', 7), state: 'free' },
      { ...owned('f3', 7), state: 'stays' },
      { ...owned('f4', 7), state: 'free' },
      { ...owned('f5', 7), state: 'free' },
    ]);
  });

  it('has moved to a later process of the same name', () => {
    const answer = { instance: 'a', owned: [owned('f1', 7)] };
    expect(movedFrom(answer, [lease('f1', 8, 'a')])[0]).toMatchObject({ state: 'moved', to: 'a' });
  });
});

describe('who leaves', () => {
  const process = (incarnation: number, services: string[], state: InstanceState = 'ready') => {
    return { incarnation, services, state };
  };
  const one = process(1, ['oms', 'api']);

  it('is missed where nobody else who is ready does the same', () => {
    const late = process(2, ['oms', 'api'], 'notReady');
    const half = process(3, ['api']);
    expect(aloneWith(one, [one])).toEqual(['oms', 'api']);
    expect(aloneWith(one, [one, late])).toEqual(['oms', 'api']);
    expect(aloneWith(one, [one, late, half])).toEqual(['oms']);
    expect(aloneWith(one, [one, half, { ...late, state: 'ready' }])).toEqual([]);
  });
});

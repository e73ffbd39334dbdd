/** What a session that lost something is given again. */
import { describe, expect, it } from 'vitest';
import { Positions } from './positions.ts';

const at = (sequence: number): ReadonlyMap<string, number> => new Map([['acme', sequence]]);

describe('positions', () => {
  it('do not count as stored what a slow store may still be writing', () => {
    const positions = new Positions();
    positions.note(0, at(10));
    positions.note(500, at(20));
    positions.note(34_000, at(30));
    expect(positions.stored).toEqual(at(10));
    positions.note(35_500, at(40));
    expect(positions.stored).toEqual(at(20));
  });

  it('stand still while a session is behind, and go on from there', () => {
    const positions = new Positions();
    positions.note(0, at(10));
    positions.lose('acme@port-02', 'acme');
    expect(positions.isBehind('acme@port-02')).toBe(true);
    positions.note(20_000, at(50));
    positions.note(40_000, at(60));
    expect(positions.stored).toEqual(at(10));
    expect(positions.regain('acme@port-02')).toEqual(at(10));
    expect(positions.isBehind('acme@port-02')).toBe(false);
    expect(positions.stored).toEqual(at(10));
    positions.note(75_000, at(70));
    expect(positions.stored).toEqual(at(10));
    positions.note(111_000, at(80));
    expect(positions.stored).toEqual(at(70));
  });

  it('take a firm that is new in, for sessions that are behind already too', () => {
    const positions = new Positions();
    positions.note(0, at(10));
    positions.lose('alpha-orders');
    positions.begin('fresh', 0);
    positions.note(20_000, new Map([...at(30), ['fresh', 5]]));
    expect(positions.stored.get('fresh')).toBe(0);
    expect(positions.regain('alpha-orders')).toEqual(new Map([...at(10), ['fresh', 0]]));
  });

  it('are missed from the same place, and another time, when the session is lost again', () => {
    const positions = new Positions();
    positions.note(0, at(10));
    positions.lose('acme@port-02', 'acme');
    const missed = positions.missedBy('acme@port-02');
    positions.note(20_000, at(50));
    positions.note(40_000, at(60));
    positions.lose('acme@port-02', 'acme');
    expect(positions.missedBy('acme@port-02')).toEqual(at(10));
    expect(positions.missedBy('acme@port-02')).not.toBe(missed);
  });

  it('of a venue are those of every partition', () => {
    const positions = new Positions();
    positions.note(0, new Map([...at(10), ['globex', 5]]));
    positions.lose('alpha-orders');
    expect([...positions.missedBy('alpha-orders')!.keys()]).toEqual(['acme', 'globex']);
  });
});

/** The transition table: every cell is there, every step is used, and the session goes nowhere else. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENTS, KINDS, POSITIONS, STATES, STEPS, TABLE, type Input, type Step } from './states.ts';

const inputs: readonly Input[] = [
  ...EVENTS,
  ...KINDS.flatMap((kind) => POSITIONS.map((at) => `${kind}.${at}` as const)),
];

describe('transition table', () => {
  it('has exactly one step for every state and input', () => {
    expect(Object.keys(TABLE).sort()).toEqual([...STATES].sort());
    for (const state of STATES) {
      expect(Object.keys(TABLE[state]).sort()).toEqual([...inputs].sort());
      for (const input of inputs) expect(STEPS).toHaveProperty(TABLE[state][input]);
    }
  });

  it('uses every step', () => {
    const used = new Set<Step>(STATES.flatMap((state) => inputs.map((input) => TABLE[state][input])));
    expect([...used].sort()).toEqual(Object.keys(STEPS).sort());
  });

  it('can leave every state, and every state can be reached from disconnected', () => {
    const reached = new Set<string>(['disconnected']);
    for (let size = 0; size !== reached.size;) {
      size = reached.size;
      for (const state of STATES) {
        if (!reached.has(state)) continue;
        for (const input of inputs) for (const next of STEPS[TABLE[state][input]]) reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual([...STATES].sort());
    for (const state of STATES) {
      if (state === 'disconnected') continue;
      expect(TABLE[state].disconnected).toBe('disconnect');
    }
  });

  it('delivers application messages in sequence only, and never before the Logon', () => {
    for (const state of STATES) {
      for (const input of inputs) {
        if (TABLE[state][input] !== 'deliver') continue;
        expect(input).toBe('application.inSequence');
        expect(['established', 'recovering', 'logoutSent']).toContain(state);
      }
    }
    // The session takes this way without looking it up.
    expect(TABLE.established['application.inSequence']).toBe('deliver');
  });

  it('asks for a resend only where none is running, and forgets nothing beyond a gap', () => {
    for (const state of STATES) {
      for (const input of inputs) {
        const step = TABLE[state][input];
        if (step === 'keepAndRequest' || step === 'answerThenRequest') {
          expect(state).toBe('established');
          expect(input).toMatch(/\.tooHigh$/);
        }
        if (step === 'keep' || step === 'answerBeyondGap') expect(input).toMatch(/\.tooHigh$/);
      }
    }
    for (const kind of KINDS) {
      const kept = !['logon', 'logout', 'reset', 'resendRequest'].includes(kind);
      expect(TABLE.established[`${kind}.tooHigh`] === 'keepAndRequest', kind).toBe(kept);
      expect(TABLE.recovering[`${kind}.tooHigh`] === 'keep', kind).toBe(kept);
    }
  });

  it('answers a Logout whatever its number', () => {
    for (const at of ['inSequence', 'tooHigh', 'tooLow'] as const) {
      expect(TABLE.established[`logout.${at}`]).toBe('confirmLogout');
      expect(TABLE.recovering[`logout.${at}`]).toBe('confirmLogout');
      expect(TABLE.logoutSent[`logout.${at}`]).toBe('finishLogout');
    }
  });
});

describe('SPEC.md', () => {
  const spec = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8');

  it('gives every rule a clause and a test that exists', () => {
    const rules = [...spec.matchAll(/^\| ([A-Z]\d+) \| (.+) \| (.+) \| (.+) \|$/gm)];
    expect(rules.length).toBeGreaterThan(50);
    expect(new Set(rules.map((rule) => rule[1])).size).toBe(rules.length);
    for (const [, number, , clause, tests] of rules) {
      expect(clause, `clause of ${number}`).not.toBe('');
      for (const test of (tests as string).split(', ')) {
        const [path = '', title] = test.replaceAll('`', '').split(' › ');
        const text = readFileSync(
          new URL(`../../${path.endsWith('.fix') ? 'acceptance/' : 'src/'}${path}`, import.meta.url),
          'utf8',
        );
        if (path.endsWith('.fix'))
          expect(text, `${path} names ${number}`).toMatch(new RegExp(`^# .*\\b${number}\\b`, 'm'));
        else expect(text, `${path} has ${title}`).toContain(title);
      }
    }
  });

  it('knows every acceptance script', async () => {
    const { readdirSync } = await import('node:fs');
    const scripts = readdirSync(new URL('../../acceptance/', import.meta.url)).filter((name) =>
      name.endsWith('.fix'),
    );
    for (const script of scripts) expect(spec).toContain(script);
  });
});

/**
 * Memory and threads: the library under AddressSanitizer (which ends the program on a leak or a bad access),
 * UndefinedBehaviorSanitizer and ThreadSanitizer.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emulatorFolder } from './build.mjs';
import { libraryOf, outline, play, programOf, run } from './workbench.ts';

const scenario = join(emulatorFolder, 'scenarios', 'threads.scenario');

describe('memory', () => {
  it('is all given back after 10,000 sessions', () => {
    expect(play('pace manual', 'cycles 10000\nalive', 'address')).toEqual(['alive 0 0 0 0']);
  });

  it('is all given back after a day with everything in it', () => {
    const day = `option restart 1\noption queue 50\nstart\ntake 2\nopen //blp/refdata\nopen //blp/apiauth
subscribe 1 IBM US Equity?fields=BID,NOPE\nsubscribe 2 EURUSD BGN Curncy\nsubscribe 3 BAD Equity?fields=NOPE
take 20\napply burst 5000\nuntil DataLoss\napply connection down for 1s\nuntil SessionConnectionUp
request //blp/refdata|ReferenceDataRequest|5|securities=IBM US Equity|fields=PX_LAST|overrides=X
request //blp/refdata|IntradayBarRequest|6|security=IBM US Equity|eventType=TRADE|interval=1|\
startDateTime=2026-01-02T09:00|endDateTime=2026-01-03T09:00
authorize //blp/apiauth|AuthorizationRequest|7|uuid=7|ipAddress=10.0.0.7
skip 200\ncancel 6\nunsubscribe 1\napply revoke\nskip 50\napply terminate\nuntil SessionTerminated
destroy\nalive`;
    const lines = outline(play('pace manual\ninclude builtin', day, 'address'));
    expect(lines.at(-1)).toBe('alive 0 0 0 0');
    expect(lines).toContain('SESSION SessionTerminated');
  });

  it('is sound while the genuine answers are checked', () => {
    const refused = join(emulatorFolder, 'scenarios', 'refused.scenario');
    const answers = run(programOf('conformance', 'address'), [libraryOf('address')], '', refused);
    expect(answers.complaints).toBe('');
    expect(answers.status).toBe(0);
  });
});

describe('threads', () => {
  it('share sessions without a race', () => {
    const words = ['-R', programOf('threads', 'thread'), libraryOf('thread'), scenario, '1000'];
    const raced = run('setarch', words);
    expect(raced.complaints).toBe('');
    expect(raced.lines).toEqual(['read some, handled some, alive 0 0 0']);
  });
});

describe('pace fast', () => {
  it('gives a reader as many messages as it asks for', () => {
    const fast = join(emulatorFolder, 'scenarios', 'fast.scenario');
    const drained = run(programOf('drain'), [libraryOf('newer'), fast, '1000000']);
    expect(drained.lines[0]).toMatch(/^\d+ messages\/s of 10 fields \(10000\d\d in /);
  });
});

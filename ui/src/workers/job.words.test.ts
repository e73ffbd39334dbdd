/** Words of jobs. */
import type { JobView } from '@tidegate/wire/jobs';
import { describe, expect, it } from 'vitest';
import { ageWord, progressWord } from './job.words.ts';

const job = (more: Partial<JobView>) =>
  ({ state: 'running', progress: 0.256, progressText: '', ...more }) as JobView;

describe('words of jobs', () => {
  it('say how far one is while it runs', () => {
    expect(progressWord(job({}))).toBe('26 %');
    expect(progressWord(job({ progressText: '3 of 9 firms' }))).toBe('26 %, 3 of 9 firms');
    expect(progressWord(job({ state: 'completed', progress: 1 }))).toBe('');
  });

  it('say ages in the unit that one thinks in', () => {
    expect([0, 1.4, 119, 120, 7_199, 7_200].map(ageWord)).toEqual([
      '',
      '1 s',
      '119 s',
      '2 min',
      '120 min',
      '2 h',
    ]);
  });
});

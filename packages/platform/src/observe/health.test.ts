/** Readiness and its reasons. */
import { describe, expect, it } from 'vitest';
import { Health } from './health.ts';

describe('health', () => {
  it('is ready without reasons, and names every reason otherwise', async () => {
    const health = new Health();
    let journal: string | undefined;
    health.register('oms', () => undefined);
    health.register('journal', () => journal);
    expect(await health.readiness()).toEqual({ isReady: true, reasons: {}, warnings: {} });
    journal = 'no connection';
    const remove = health.register('bus', async () => 'disconnected');
    expect(await health.readiness()).toEqual({
      isReady: false,
      reasons: { journal: 'no connection', bus: 'disconnected' },
      warnings: {},
    });
    journal = undefined;
    remove();
    expect((await health.readiness()).isReady).toBe(true);
  });

  it('takes a check that throws, rejects or does not answer as a reason', async () => {
    const health = new Health({ checkLimitMs: 10 });
    health.register('throws', () => {
      throw new Error('broken');
    });
    health.register('rejects', () => Promise.reject(new Error('away')));
    health.register('hangs', () => new Promise(() => undefined));
    expect((await health.readiness()).reasons).toEqual({
      throws: 'check failed: broken',
      rejects: 'check failed: away',
      hangs: 'no answer within 10 ms',
    });
  });

  it('asks once for all who ask at the same time, and drains also for them who come meanwhile', async () => {
    const health = new Health();
    const answers: ((reason?: string) => void)[] = [];
    health.register('database', () => new Promise<string | undefined>((resolve) => answers.push(resolve)));
    const asked = Array.from({ length: 100 }, () => health.readiness());
    expect(answers).toHaveLength(1);
    health.drain();
    const late = health.readiness();
    for (const answer of answers) answer();
    expect((await Promise.all(asked)).every(({ isReady }) => isReady)).toBe(true);
    expect(await late).toMatchObject({ isReady: false });
    void health.readiness();
    expect(answers).toHaveLength(3);
    answers[2]!();
  });

  it('does not become ready again once it drains', async () => {
    const health = new Health();
    health.drain();
    health.drain();
    expect(await health.readiness()).toMatchObject({ isReady: false, reasons: { process: 'stopping' } });
    expect(health.lost).toBeUndefined();
  });

  it('keeps the first reason of a lost process, which is not ready either', async () => {
    const health = new Health();
    health.declareLost('fenced');
    health.declareLost('later');
    expect(health.lost).toBe('fenced');
    expect((await health.readiness()).reasons).toEqual({ process: 'fenced' });
  });

  it('is ready with warnings: of what is away that it can do without', async () => {
    const health = new Health();
    health.register('cache', () => 'not connected', 'fallback');
    expect(await health.readiness()).toEqual({
      isReady: true,
      reasons: {},
      warnings: { cache: 'not connected' },
    });
    health.register('providers', () => 'no session');
    expect(await health.readiness()).toMatchObject({ isReady: false, reasons: { providers: 'no session' } });
  });

  it('does not take back that it is stopping when its start is over', async () => {
    const health = new Health();
    const started = health.register('process', () => 'starting');
    health.drain();
    started();
    expect((await health.readiness()).reasons).toEqual({ process: 'stopping' });
  });

  it('refuses a name twice', () => {
    const health = new Health();
    health.register('oms', () => undefined);
    expect(() => health.register('oms', () => undefined)).toThrow(/already/);
  });
});

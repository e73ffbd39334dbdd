import { describe, expect, it } from 'vitest';
import { localError } from './errors.ts';
import { ResponseStream } from './response.ts';

function stream(partsMax = 10): { stream: ResponseStream; abandoned: () => number } {
  let abandoned = 0;
  return { stream: new ResponseStream(partsMax, () => void abandoned++), abandoned: () => abandoned };
}

describe('an answer', () => {
  it('[RQ1] streams its parts in order and ends after the final one', async () => {
    const { stream: answer, abandoned } = stream();
    answer.part('ReferenceDataResponse', false, { n: 1 });
    const all = answer.all();
    answer.part('ReferenceDataResponse', true, { n: 2 });
    answer.part('ReferenceDataResponse', true, { n: 3 });
    expect((await all).map((part) => [part.elements.n, part.isFinal])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(abandoned()).toBe(0);
  });

  it('[RQ2] gives the parts that came before it failed, then the error', async () => {
    const { stream: answer } = stream();
    answer.part('x', false, { n: 1 });
    answer.fail(localError('request', 'TIMEOUT', 'late'));
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const part of answer) seen.push(part.elements.n);
    })();
    await expect(reading).rejects.toMatchObject({ category: 'TIMEOUT' });
    expect(seen).toEqual([1]);
  });

  it('[RQ3] is cancelled by leaving the loop, once', async () => {
    const { stream: answer, abandoned } = stream();
    answer.part('x', false, {});
    answer.part('x', false, {});
    for await (const part of answer) {
      expect(part.isFinal).toBe(false);
      break;
    }
    answer.cancel();
    expect(abandoned()).toBe(1);
  });

  it('[RQ4] is cancelled with LIMIT when nobody reads', async () => {
    const { stream: answer, abandoned } = stream(2);
    for (let part = 0; part < 5; part++) answer.part('x', part === 4, {});
    expect(abandoned()).toBe(1);
    await expect(answer.all()).rejects.toMatchObject({ category: 'LIMIT' });
  });

  it('wakes a waiting reader with the error', async () => {
    const { stream: answer } = stream();
    const all = answer.all();
    answer.fail(localError('session', 'SESSION_ENDED', 'gone'));
    await expect(all).rejects.toMatchObject({ category: 'SESSION_ENDED' });
  });

  it('shows a refusal of the whole request', async () => {
    const { stream: answer } = stream();
    answer.part('x', true, {
      responseError: { source: 's', code: 1, category: 'LIMIT', message: 'too many' },
    });
    expect((await answer.all())[0]?.responseError).toMatchObject({
      category: 'LIMIT',
      description: 'too many',
    });
  });

  it('is read once', async () => {
    const { stream: answer } = stream();
    answer.part('x', true, {});
    await answer.all();
    await expect(answer.all()).rejects.toMatchObject({ category: 'WRONG_STATE' });
  });
});

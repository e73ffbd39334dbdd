/** Sending an order: what is a refusal, what is silence, and how often it is sent. */
import { describe, expect, it } from 'vitest';
import type { SubmitOrderRequest } from '@tidegate/wire/orders';
import { ApiProblem, NoAnswer } from '../api/problems.ts';
import { clickOrder, limitWithin, newClOrdId, submitOrder } from './submission.ts';

const order = clickOrder({ id: 'EURUSD', priceScale: 5, pipScale: 4 }, 'buy', '1000000', '1.08412');

const clickedAt = '2026-11-23T12:00:00.000Z';

/** Each attempt says when the click was, not when the attempt is. */
async function send(...answers: (Error | 'accepted')[]) {
  const requests: SubmitOrderRequest[] = [];
  const moments = new Set<string | undefined>();
  const submission = await submitOrder(
    {
      serverClock: { at: () => clickedAt },
      api: {
        submit: (request, sentAt) => {
          moments.add(sentAt);
          const answer = answers[requests.length] ?? new Error('asked too often');
          requests.push(request);
          if (answer === 'accepted')
            return Promise.resolve({ orderId: 'O1', clOrdId: request.clOrdId, sequence: 1 });
          return Promise.reject(answer);
        },
      },
    },
    order,
  );
  expect([...moments]).toEqual([clickedAt]);
  return { submission, requests };
}

it('is accepted with its order', async () => {
  expect((await send('accepted')).submission).toEqual({ kind: 'accepted', orderId: 'O1' });
});

it('takes a refusal as final and does not repeat it', async () => {
  const { submission, requests } = await send(new ApiProblem(422, 'REDUCE_ONLY', 'Only reducing'));
  expect(submission).toEqual({ kind: 'refused', code: 'REDUCE_ONLY', text: 'Only reducing' });
  expect(requests).toHaveLength(1);
});

it('takes a 503 of the API as a refusal: it was not journaled', async () => {
  const { submission } = await send(new ApiProblem(503, 'JOURNAL_UNAVAILABLE', 'Down'));
  expect(submission).toMatchObject({ kind: 'refused', code: 'JOURNAL_UNAVAILABLE' });
});

it('repeats what was not answered once, with the same ClOrdID', async () => {
  const { submission, requests } = await send(new NoAnswer('lost'), 'accepted');
  expect(submission.kind).toBe('accepted');
  expect(requests).toEqual([order, order]);
});

it('does not call a failed answer a refusal: the order may live', async () => {
  const failed = new ApiProblem(500, 'INTERNAL_ERROR', 'Failed');
  expect((await send(failed, failed)).submission.kind).toBe('noAnswer');
});

it('has a ClOrdID of its own each time, of characters the API takes', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => newClOrdId()));
  expect(ids.size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{1,64}$/);
});

describe('a click within a tolerance', () => {
  const euro = { priceScale: 5, pipScale: 4 };
  it('pays at most so much more and takes at most so much less', () => {
    expect(limitWithin(euro, 'buy', '1.08412', '0.5')).toBe('1.08417');
    expect(limitWithin(euro, 'sell', '1.08412', '2')).toBe('1.08392');
    expect(limitWithin(euro, 'buy', '1.08412', '0')).toBe('1.08412');
  });

  it('counts pips of the instrument', () => {
    expect(limitWithin({ priceScale: 2, pipScale: 0 }, 'buy', '67238.94', '1')).toBe('67239.94');
  });
});

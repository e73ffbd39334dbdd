/** What is recorded of a call, what is refused while the audit is away, and what is not kept waiting. */
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { Decision } from '@tidegate/platform/audit/recorder';
import { firstValueFrom, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../problem.ts';
import { routes } from '../routes.ts';
import { DecisionInterceptor } from './decision.interceptor.ts';
import { decisionRules } from './decisions.ts';

const users = new Map([['ann', { id: 'ann', role: 'risk' }]]);

class Book {
  readonly kept: Decision[] = [];
  isAway = false;
  waits = 0;
  record = (decision: Decision): void => void this.kept.push(decision);
  isAvailable = async (): Promise<boolean> => !this.isAway;
  written = async (): Promise<boolean> => {
    this.waits += 1;
    return !this.isAway;
  };
}

async function call(book: Book, route: string, request: object, outcome: unknown): Promise<unknown> {
  const [method, url] = route.split(' ');
  const full = { method, routeOptions: { url }, params: {}, ip: '10.0.0.1', id: 'r1', url, ...request };
  const context = { switchToHttp: () => ({ getRequest: () => full }) } as unknown as ExecutionContext;
  const handle = () => (outcome instanceof Error ? throwError(() => outcome) : of(outcome));
  const interceptor = new DecisionInterceptor(book, { current: { users } } as never);
  return firstValueFrom(await interceptor.intercept(context, { handle } as CallHandler));
}

const login = 'POST /api/v1/login';
const tradingState = 'POST /api/v1/trading-state';

describe('decisions', () => {
  it('are of routes that there are', () => {
    const known = routes.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    for (const route of Object.keys(decisionRules)) expect(known).toContain(route);
  });

  it('keep who, where from and what came of it, and no password', async () => {
    const book = new Book();
    const body = { user: 'ann', password: 'a secret passphrase' };
    expect(await call(book, login, { body }, { token: 'eyJ.token' })).toEqual({ token: 'eyJ.token' });
    const refusal = new ApiProblem(401, 'SIGN_IN_REFUSED', 'wrong');
    await expect(call(book, login, { body: { ...body, user: 'eve' } }, refusal)).rejects.toBe(refusal);
    expect(book.kept).toMatchObject([
      { person: 'ann', role: 'risk', what: 'signIn', outcome: 'done', address: '10.0.0.1', requestId: 'r1' },
      { person: 'eve', role: null, what: 'signIn', outcome: 'SIGN_IN_REFUSED' },
    ]);
    expect(JSON.stringify(book.kept)).not.toMatch(/passphrase|eyJ/);
  });

  it('are none where the request was none, or was one of too many', async () => {
    const book = new Book();
    for (const [status, code] of [
      [400, 'INVALID_REQUEST'],
      [429, 'SIGN_IN_THROTTLED'],
    ] as const)
      await expect(call(book, login, { body: null }, new ApiProblem(status, code, ''))).rejects.toThrow();
    await call(book, 'GET /api/v1/orders', {}, []);
    expect(book.kept).toEqual([]);
  });

  it('that add risk are refused while the audit is away; halts and cancels are taken', async () => {
    const book = new Book();
    book.isAway = true;
    const adding = [
      [tradingState, { state: 'active', reason: 'drill' }],
      ['POST /api/v1/configuration/:kind/:id', { dryRun: false }],
      ['POST /api/v1/changesets', {}],
      ['POST /api/v1/users/:id/invitation', { reason: 'new' }],
    ] as const;
    for (const [route, body] of adding)
      await expect(call(book, route, { body }, 'done')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(book.kept).toEqual([]);
    const halt = { firm: 'acme', state: 'halted', reason: 'drill' };
    expect(await call(book, tradingState, { body: halt }, 'done')).toBe('done');
    expect(await call(book, 'POST /api/v1/orders/cancel-all', { body: { scope: 'firm' } }, 'done')).toBe(
      'done',
    );
    expect(book.kept).toMatchObject([
      { what: 'tradingState', target: 'acme', after: { state: 'halted' }, why: 'drill' },
      { what: 'massCancel', target: 'firm', after: { scope: 'firm' }, why: null },
    ]);
    expect(book.waits).toBe(0);
  });

  it('of configuration have fields before and after, and are none for a dry run', async () => {
    const book = new Book();
    const route = 'POST /api/v1/configuration/:kind/:id';
    const params = { kind: 'tier', id: 'gold' };
    const differences = [{ path: 'depth', from: 10, to: 7 }];
    const changes = [{ kind: 'tier', id: 'gold', what: 'changed', differences }];
    const answer = { result: 'done', version: 9, changeset: 'c1', changes, effects: [] };
    const body = { document: {}, reason: 'agreed' };
    await call(book, route, { params, body }, answer);
    await call(
      book,
      route,
      { params, body: { ...body, dryRun: true } },
      { ...answer, result: 'wouldBeDone' },
    );
    expect(book.kept).toMatchObject([
      {
        target: 'tier/gold',
        before: { 'tier/gold': { depth: 10 } },
        after: { changeset: 'c1', documents: ['changed tier/gold'], fields: { 'tier/gold': { depth: 7 } } },
        why: 'agreed',
      },
    ]);
  });
});

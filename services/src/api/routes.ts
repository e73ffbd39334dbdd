/**
 * Every route of the REST interface as data: the OpenAPI document is made of it, and what a path does not
 * take is answered from it. A test compares it with the controllers.
 */
import {
  cancelAllRequest,
  cancelAllResult,
  cancelOrderRequest,
  executionView,
  openOrderCounts,
  orderResult,
  orderView,
  positionOpenings,
  positionView,
  replaceOrderRequest,
  submitOrderRequest,
} from '@tidegate/wire/orders';
import { caseAnswer, caseAnswerRequest, caseDetail, caseView } from '@tidegate/wire/cases';
import { alertMarkRequest, alertView } from '@tidegate/wire/alerts';
import { bloombergView, referenceView } from '@tidegate/wire/bloomberg';
import { drainAnswer, drainRequest, instanceView } from '@tidegate/wire/instances';
import { leaseView } from '@tidegate/wire/leases';
import type { Permission } from '@tidegate/wire/permissions';
import { orderHistory, orderMessage } from '@tidegate/wire/order.history';
import { priceView } from '@tidegate/wire/prices';
import { systemEvent } from '@tidegate/wire/monitoring';
import {
  instrumentView,
  loginRequest,
  loginResponse,
  meView,
  pageOf,
  journalLossRequest,
  tradingStateRequest,
  tradingStateView,
} from '@tidegate/wire/rest';
import { apiKeyRoutes } from './api.keys.routes.ts';
import { auditRoutes } from './audit/audit.routes.ts';
import { configurationRoutes } from './configuration/configuration.routes.ts';
import { qualityRoutes } from './quality.routes.ts';
import {
  limitPreviewView,
  limitStandingView,
  previewRequest,
  releaseLimitRequest,
} from '@tidegate/wire/risk';
import {
  sessionDisconnectRequest,
  sessionEnablingRequest,
  sessionMessagesView,
  sessionNumbersRequest,
  sessionResetRequest,
  sessionResetView,
  sessionStatus,
} from '@tidegate/wire/sessions';
import {
  releaseStopRequest,
  stopOutcomes,
  stopPreviewRequest,
  stopRequest,
  stopViews,
} from '@tidegate/wire/stops';
import { saveWorkspaceRequest, workspaceView } from '@tidegate/wire/workspaces';
import { z } from 'zod';

export type QueryName =
  | 'limit'
  | 'before'
  | 'open'
  | 'account'
  | 'state'
  | 'kind'
  | 'venue'
  | 'firm'
  | 'instrument'
  | 'source'
  | 'from'
  | 'to'
  | 'grain'
  | 'order'
  | 'who'
  | 'what'
  | 'target'
  | 'number';

export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  readonly status?: number;
  readonly query?: readonly QueryName[];
  readonly isPublic?: boolean;
  /** Without it every signed-in user may. */
  readonly needs?: Permission;
  /** It can only take risk away, and waits for neither SQL nor the journal: always, or where it halts. */
  readonly reducesRisk?: 'always' | 'halting';
}

const caseActions = {
  book: 'Book what the case proposes',
  correct: 'Book the given quantity and price instead',
  dismiss: 'Book nothing: it was never done',
} as const;
const paging = ['limit', 'before'] as const;
const tradingStates = z.array(tradingStateView);

export const routes: readonly Route[] = [
  ...configurationRoutes,
  ...qualityRoutes,
  ...auditRoutes,
  ...apiKeyRoutes,
  {
    method: 'post',
    path: '/api/v1/login',
    summary: 'Sign in; the token goes into the Authorization header',
    tag: 'session',
    body: loginRequest,
    answer: loginResponse,
    isPublic: true,
  },
  {
    method: 'post',
    path: '/api/v1/renew',
    summary: 'The next token of my sign-in, up to its greatest age',
    tag: 'session',
    answer: loginResponse,
  },
  { method: 'post', path: '/api/v1/logout', summary: 'Revoke the token', tag: 'session', status: 204 },
  { method: 'get', path: '/api/v1/me', summary: 'Who am I', tag: 'session', answer: meView },
  {
    method: 'get',
    path: '/api/v1/workspaces',
    summary: 'How I have arranged my desk',
    tag: 'session',
    answer: z.array(workspaceView),
  },
  {
    method: 'post',
    path: '/api/v1/workspaces/{workspace}',
    summary: 'Save one, new or changed',
    tag: 'session',
    body: saveWorkspaceRequest,
    answer: workspaceView,
  },
  {
    method: 'post',
    path: '/api/v1/workspaces/{workspace}/delete',
    summary: 'Delete one',
    tag: 'session',
    status: 204,
  },
  {
    method: 'get',
    path: '/api/v1/instruments',
    summary: 'Instruments',
    tag: 'market',
    answer: z.array(instrumentView),
  },
  {
    method: 'get',
    path: '/api/v1/prices',
    summary: 'Last prices of my tier',
    tag: 'market',
    answer: z.array(priceView),
  },
  {
    method: 'post',
    path: '/api/v1/orders',
    needs: 'trade',
    summary: 'New order; clOrdId is the idempotency key',
    tag: 'orders',
    status: 201,
    body: submitOrderRequest,
    answer: orderResult,
  },
  {
    method: 'get',
    path: '/api/v1/orders',
    summary: 'Orders, newest first',
    tag: 'orders',
    answer: pageOf(orderView),
    query: ['open', 'account', ...paging],
  },
  { method: 'get', path: '/api/v1/orders/{orderId}', summary: 'One order', tag: 'orders', answer: orderView },
  {
    method: 'get',
    path: '/api/v1/orders/{orderId}/history',
    summary: 'What happened to an order, event by event',
    tag: 'orders',
    answer: orderHistory,
  },
  {
    method: 'get',
    path: '/api/v1/orders/{orderId}/messages',
    summary: 'FIX messages of an order that its sessions still have',
    tag: 'orders',
    needs: 'inspect',
    answer: z.array(orderMessage),
  },
  {
    method: 'get',
    path: '/api/v1/clordids/{clOrdId}',
    summary: 'What became of what I sent under this ClOrdID',
    tag: 'orders',
    answer: orderView,
  },
  {
    method: 'post',
    path: '/api/v1/orders/{orderId}/cancel',
    needs: 'cancel',
    summary: 'Cancel',
    tag: 'orders',
    reducesRisk: 'always',
    body: cancelOrderRequest,
    answer: orderResult,
  },
  {
    method: 'post',
    path: '/api/v1/orders/{orderId}/replace',
    needs: 'trade',
    summary: 'Change quantity or price',
    tag: 'orders',
    body: replaceOrderRequest,
    answer: orderResult,
  },
  {
    method: 'post',
    path: '/api/v1/orders/cancel-all',
    needs: 'cancel',
    summary: 'Cancel all open orders: mine, of an account, of my firm, of every firm',
    tag: 'orders',
    body: cancelAllRequest,
    answer: cancelAllResult,
    reducesRisk: 'always',
  },
  {
    method: 'get',
    path: '/api/v1/open-orders',
    summary: 'How many orders are open: mine, of an account, of my firm, of all that I see',
    tag: 'orders',
    query: ['account'],
    answer: openOrderCounts,
  },
  {
    method: 'get',
    path: '/api/v1/executions',
    summary: 'Executions, newest first',
    tag: 'orders',
    answer: pageOf(executionView),
    query: ['account', ...paging],
  },
  {
    method: 'get',
    path: '/api/v1/positions',
    summary: 'Positions and realised P&L',
    tag: 'orders',
    answer: z.array(positionView),
  },
  {
    method: 'get',
    path: '/api/v1/positions/openings',
    summary: 'Positions as the trading day found them, and the mids that it began with',
    tag: 'orders',
    answer: positionOpenings,
  },
  {
    method: 'get',
    path: '/api/v1/bloomberg',
    summary: 'State of the Bloomberg feed',
    tag: 'market',
    answer: bloombergView,
  },
  {
    method: 'get',
    path: '/api/v1/bloomberg/reference/{instrument}',
    summary: 'Reference data of an instrument from Bloomberg',
    tag: 'market',
    answer: referenceView,
  },
  {
    method: 'get',
    path: '/api/v1/sessions',
    summary: 'FIX sessions',
    tag: 'operations',
    answer: z.array(sessionStatus),
  },
  {
    method: 'get',
    path: '/api/v1/sessions/{id}/messages',
    needs: 'inspect',
    summary: 'Last raw messages of a FIX session, or those before one, oldest first',
    tag: 'operations',
    answer: sessionMessagesView,
    query: ['before'],
  },
  {
    method: 'post',
    path: '/api/v1/sessions/{id}/numbers',
    needs: 'operate',
    summary: 'Set the next numbers of a FIX session that is away',
    tag: 'operations',
    body: sessionNumbersRequest,
    status: 204,
  },
  {
    method: 'post',
    path: '/api/v1/sessions/{id}/enabling',
    needs: 'operate',
    summary: 'Disable a FIX session, or enable it again; kept over restarts',
    tag: 'operations',
    body: sessionEnablingRequest,
    status: 204,
  },
  {
    method: 'post',
    path: '/api/v1/sessions/{id}/disconnect',
    needs: 'operate',
    summary: 'Log a FIX session out now; it may come back',
    tag: 'operations',
    body: sessionDisconnectRequest,
    status: 204,
  },
  {
    method: 'post',
    path: '/api/v1/sessions/{id}/reset',
    needs: 'operate',
    summary: 'Begin the numbers of a FIX session that is away at 1, on one side or both',
    tag: 'operations',
    body: sessionResetRequest,
    answer: sessionResetView,
  },
  {
    method: 'get',
    path: '/api/v1/leases',
    needs: 'inspect',
    summary: 'Which process owns what, since when and why',
    tag: 'operations',
    answer: z.array(leaseView),
  },
  {
    method: 'get',
    path: '/api/v1/instances',
    needs: 'inspect',
    summary: 'The processes of the platform: what they do, whether they are ready, how much they own',
    tag: 'operations',
    answer: z.array(instanceView),
  },
  {
    method: 'post',
    path: '/api/v1/instances/{id}/drain',
    needs: 'operate',
    summary: 'Have a process hand over what it owns and end, as SIGTERM does',
    tag: 'operations',
    body: drainRequest,
    answer: drainAnswer,
    status: 202,
  },
  {
    method: 'get',
    path: '/api/v1/events',
    summary: 'System events, newest first',
    tag: 'operations',
    answer: pageOf(systemEvent),
    query: paging,
  },
  {
    method: 'get',
    path: '/api/v1/alerts',
    summary: 'Alerts: what of the events somebody should look at, grouped, newest first',
    tag: 'operations',
    answer: z.array(alertView),
  },
  {
    method: 'post',
    path: '/api/v1/alerts/{id}/marks',
    needs: 'answerAlerts',
    summary: 'Acknowledge, assign or mute an alert',
    tag: 'operations',
    body: alertMarkRequest,
    answer: alertView,
  },
  {
    method: 'get',
    path: '/api/v1/cases',
    needs: 'inspect',
    summary: 'Cases, newest first',
    tag: 'cases',
    answer: pageOf(caseView),
    query: [...paging, 'open', 'state', 'kind', 'venue', 'firm', 'instrument'],
  },
  {
    method: 'get',
    path: '/api/v1/cases/{id}',
    needs: 'inspect',
    summary: 'A case with its message, and what it is about as that stands now',
    tag: 'cases',
    answer: caseDetail,
  },
  ...(['book', 'correct', 'dismiss'] as const).map((action) => ({
    method: 'post' as const,
    path: `/api/v1/cases/{id}/${action}`,
    needs: 'operate' as const,
    summary: caseActions[action],
    tag: 'cases',
    body: caseAnswerRequest,
    answer: caseAnswer,
  })),
  {
    method: 'post',
    path: '/api/v1/journal-losses',
    needs: 'operate',
    summary: 'Go on after a restore: a firm whose journal lacks something',
    tag: 'operations',
    body: journalLossRequest,
    status: 204,
  },
  {
    method: 'get',
    path: '/api/v1/risk/limits',
    summary: 'How limits stand, nearest to their maximum first',
    tag: 'operations',
    answer: z.array(limitStandingView),
  },
  {
    method: 'post',
    path: '/api/v1/risk/preview',
    needs: 'trade',
    summary: 'What an order would do to the limits that apply to it',
    tag: 'orders',
    body: previewRequest,
    answer: z.array(limitPreviewView),
  },
  {
    method: 'post',
    path: '/api/v1/risk/releases',
    needs: 'release',
    summary: 'Let trade again whom a limit has disabled',
    tag: 'operations',
    body: releaseLimitRequest,
    status: 204,
  },
  {
    method: 'get',
    path: '/api/v1/stops',
    summary: 'What is stopped, by whom and why, and what is still open there',
    tag: 'operations',
    answer: stopViews,
  },
  {
    method: 'post',
    path: '/api/v1/stops/preview',
    needs: 'halt',
    summary: 'What a stop would cancel: orders, value, and what providers hold',
    tag: 'operations',
    body: stopPreviewRequest,
    answer: stopOutcomes,
  },
  {
    method: 'post',
    path: '/api/v1/stops',
    needs: 'halt',
    summary: 'Halt a scope and cancel what is open in it, or let it only reduce',
    tag: 'operations',
    reducesRisk: 'always',
    body: stopRequest,
    answer: stopOutcomes,
  },
  {
    method: 'post',
    path: '/api/v1/stops/releases',
    needs: 'release',
    summary: 'Let a scope trade again',
    tag: 'operations',
    body: releaseStopRequest,
    status: 204,
  },
  {
    method: 'get',
    path: '/api/v1/trading-state',
    summary: 'Trading state per firm',
    tag: 'operations',
    answer: tradingStates,
  },
  {
    method: 'post',
    path: '/api/v1/trading-state',
    needs: 'halt',
    summary: 'Halt, reduce or release; halting cancels all open orders',
    tag: 'operations',
    reducesRisk: 'halting',
    body: tradingStateRequest,
    answer: tradingStates,
  },
];

/** Methods that a path takes; empty for a path that is none of ours. */
export function methodsAt(path: string): readonly string[] {
  return patterns.flatMap(({ pattern, method }) => (pattern.test(path) ? [method] : []));
}

/** Of a request as it came, at a controller's path: nothing of its body has been checked. */
export function reducesRisk(method: string, path: string, body: unknown): boolean {
  const when = reducing.get(`${method} ${path}`);
  if (when !== 'halting') return when === 'always';
  return typeof body === 'object' && body !== null && 'state' in body && body.state === 'halted';
}

const patterns = routes.map(({ path, method }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));
const reducing = new Map(
  routes.map(({ method, path, reducesRisk: when }) => [
    `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    when,
  ]),
);

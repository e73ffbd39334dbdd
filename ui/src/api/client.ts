/**
 * The REST interface as typed calls. Answers are parsed here, at the edge; a refusal is an `ApiProblem`,
 * silence is `NoAnswer`. A 401 on any call but sign-in means the token is no longer good: `onSignedOut` is
 * told.
 */
import { z } from 'zod';
import { alertView, type AlertMarkRequest, type AlertView } from '@tidegate/wire/alerts';
import {
  bloombergView,
  referenceView,
  type BloombergView,
  type ReferenceView,
} from '@tidegate/wire/bloomberg';
import {
  caseAnswer,
  caseDetail,
  caseView,
  type CaseAnswerRequest,
  type CaseDetail,
  type CaseView,
} from '@tidegate/wire/cases';
import {
  cancelAllResult,
  executionView,
  openOrderCounts,
  positionOpenings,
  orderResult,
  orderView,
  type CancelAllResult,
  type CancelScope,
  type ExecutionView,
  type OpenOrderCounts,
  type OrderResult,
  type OrderView,
  type PositionOpenings,
  type SubmitOrderRequest,
} from '@tidegate/wire/orders';
import {
  instrumentView,
  loginResponse,
  meView,
  tradingStateView,
  type InstrumentView,
  type LoginResponse,
  type MeView,
  type TradingStateView,
} from '@tidegate/wire/rest';
import { systemEvent, type SystemEvent } from '@tidegate/wire/monitoring';
import {
  orderHistory,
  orderMessage,
  type OrderHistory,
  type OrderMessage,
} from '@tidegate/wire/order.history';
import { workspaceView, type SaveWorkspaceRequest, type WorkspaceView } from '@tidegate/wire/workspaces';
import {
  sessionMessagesView,
  sessionResetView,
  type SessionDisconnectRequest,
  type SessionEnablingRequest,
  type SessionMessagesView,
  type SessionNumbersRequest,
  type SessionResetRequest,
  type SessionResetView,
} from '@tidegate/wire/sessions';
import {
  stopOutcomes,
  stopViews,
  type ReleaseStopRequest,
  type StopOutcome,
  type StopPreviewRequest,
  type StopRequest,
  type StopView,
} from '@tidegate/wire/stops';
import { ApiProblem, NoAnswer, problemOf } from './problems.ts';
import { clusterCalls, type ClusterCalls } from './cluster.calls.ts';
import { qualityCalls, type QualityCalls } from './quality.calls.ts';

const ANSWER_WITHIN_MS = 30_000;
/** The most that a page may have. */
const PAGE_ROWS = 500;

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

interface Replacement {
  readonly clOrdId: string;
  readonly quantity: string;
  readonly price?: string;
}

interface TradingStateChange {
  readonly firm?: string;
  readonly state: Exclude<TradingStateView['state'], 'unknown'>;
  readonly reason: string;
}

export interface Api extends ClusterCalls, QualityCalls {
  login(user: string, password: string): Promise<LoginResponse>;
  /** The next token of the sign-in in use. */
  renew(): Promise<LoginResponse>;
  /** Of the token that is held, or of another one. */
  logout(token?: string): Promise<void>;
  me(): Promise<MeView>;
  instruments(): Promise<InstrumentView[]>;
  /** `sentAt`: when the user clicked, by the server's clock (ISO 8601); what comes too late is not dealt. */
  submit(order: SubmitOrderRequest, sentAt?: string): Promise<OrderResult>;
  cancel(orderId: string, clOrdId: string): Promise<OrderResult>;
  replace(orderId: string, change: Replacement, sentAt?: string): Promise<OrderResult>;
  cancelAll(of?: { readonly scope?: CancelScope; readonly account?: string }): Promise<CancelAllResult>;
  /** How many are open, by the server's count. */
  openOrders(account: string): Promise<OpenOrderCounts>;
  order(orderId: string): Promise<OrderView>;
  /** What became of the order that I sent under this name; a 404 says that its owner never took it. */
  orderByClOrdId(clOrdId: string): Promise<OrderView>;
  /** What happened to it, event by event. */
  history(orderId: string): Promise<OrderHistory>;
  /** FIX messages of it that its sessions still have; operators only. */
  orderMessages(orderId: string): Promise<readonly OrderMessage[]>;
  /** Newest first, from a snapshot's or a page's `next` on; the next two as well. */
  orders(before: string): Promise<Page<OrderView>>;
  executions(before: string): Promise<Page<ExecutionView>>;
  /** As the trading day found them, and the mids that it began with. */
  openings(): Promise<PositionOpenings>;
  events(before: string): Promise<Page<SystemEvent>>;
  /** Of a FIX session, oldest first, those before one or the last; by the right `inspect`. */
  sessionMessages(id: string, before?: string): Promise<SessionMessagesView>;
  /** Of a session that is away; by the right `operate`. */
  setSessionNumbers(id: string, change: SessionNumbersRequest): Promise<void>;
  /** These by the right `operate`. */
  enableSession(id: string, request: SessionEnablingRequest): Promise<void>;
  disconnectSession(id: string, request: SessionDisconnectRequest): Promise<void>;
  /** Of a session that is away; answers with the next numbers before. */
  resetSession(id: string, request: SessionResetRequest): Promise<SessionResetView>;
  tradingStates(): Promise<TradingStateView[]>;
  setTradingState(change: TradingStateChange): Promise<void>;
  stops(): Promise<StopView[]>;
  /** What a stop would cancel, and the stop itself, by firm. */
  previewStop(request: StopPreviewRequest): Promise<StopOutcome[]>;
  stop(request: StopRequest): Promise<StopOutcome[]>;
  releaseStop(request: ReleaseStopRequest): Promise<void>;
  bloomberg(): Promise<BloombergView>;
  /** Newest first. */
  alerts(): Promise<readonly AlertView[]>;
  markAlert(id: string, request: AlertMarkRequest): Promise<AlertView>;
  /** Newest first; a filter that is empty is none. Operators only, like the next two. */
  cases(
    filter: Readonly<Record<string, string>>,
    limit: number,
    before: string | null,
  ): Promise<Page<CaseView>>;
  case(caseId: string): Promise<CaseDetail>;
  answerCase(
    caseId: string,
    answer: 'book' | 'correct' | 'dismiss',
    request: CaseAnswerRequest,
  ): Promise<void>;
  /** Mine, in their order. */
  workspaces(): Promise<readonly WorkspaceView[]>;
  saveWorkspace(id: string, request: SaveWorkspaceRequest): Promise<WorkspaceView>;
  deleteWorkspace(id: string): Promise<void>;
  /** Bloomberg's reference data of an instrument of ours. */
  reference(instrument: string): Promise<ReferenceView>;
}

export interface ApiOptions {
  readonly base: string;
  readonly token: () => string | null;
  /** The server does not take this token any more. */
  readonly onSignedOut: (token: string | null) => void;
  readonly fetch?: typeof fetch;
}

/** A list that the API may give whole or as a page. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .union([z.array(item), z.object({ items: z.array(item), next: z.string().nullable().default(null) })])
    .transform((list): Page<z.output<T>> => (Array.isArray(list) ? { items: list, next: null } : list));

type SessionCalls = Pick<
  Api,
  'sessionMessages' | 'setSessionNumbers' | 'enableSession' | 'disconnectSession' | 'resetSession'
>;

function sessionCalls(call: ReturnType<typeof requester>): SessionCalls {
  const path = (id: string, what: string): string => `/sessions/${encodeURIComponent(id)}/${what}`;
  return {
    sessionMessages: (id, before) => {
      const from = before === undefined ? '' : `?before=${encodeURIComponent(before)}`;
      return call('GET', `${path(id, 'messages')}${from}`, sessionMessagesView);
    },
    setSessionNumbers: async (id, change) => {
      await call('POST', path(id, 'numbers'), z.unknown(), change);
    },
    enableSession: async (id, request) => {
      await call('POST', path(id, 'enabling'), z.unknown(), request);
    },
    disconnectSession: async (id, request) => {
      await call('POST', path(id, 'disconnect'), z.unknown(), request);
    },
    resetSession: (id, request) => call('POST', path(id, 'reset'), sessionResetView, request),
  };
}

export function createApi(options: ApiOptions): Api {
  const call = requester(options);
  const page = (path: string, before: string): string =>
    `${path}?limit=${PAGE_ROWS}&before=${encodeURIComponent(before)}`;
  const order = (orderId: string): string => `/orders/${encodeURIComponent(orderId)}`;
  return {
    login: (user, password) => call('POST', '/login', loginResponse, { user, password }),
    renew: () => call('POST', '/renew', loginResponse),
    logout: async (token) => {
      const ofThat = token === undefined ? call : requester({ ...options, token: () => token });
      await ofThat('POST', '/logout', z.unknown());
    },
    me: () => call('GET', '/me', meView),
    instruments: async () => [...(await call('GET', '/instruments', listOf(instrumentView))).items],
    submit: (request, sentAt) => call('POST', '/orders', orderResult, request, sentAt),
    cancel: (orderId, clOrdId) => call('POST', `${order(orderId)}/cancel`, orderResult, { clOrdId }),
    replace: (orderId, change, sentAt) =>
      call('POST', `${order(orderId)}/replace`, orderResult, change, sentAt),
    cancelAll: (of = {}) => call('POST', '/orders/cancel-all', cancelAllResult, of),
    openOrders: (account) =>
      call('GET', `/open-orders?account=${encodeURIComponent(account)}`, openOrderCounts),
    order: (orderId) => call('GET', order(orderId), orderView),
    orderByClOrdId: (clOrdId) => call('GET', `/clordids/${encodeURIComponent(clOrdId)}`, orderView),
    history: (orderId) => call('GET', `${order(orderId)}/history`, orderHistory),
    orderMessages: (orderId) => call('GET', `${order(orderId)}/messages`, z.array(orderMessage)),
    orders: (before) => call('GET', page('/orders', before), listOf(orderView)),
    openings: () => call('GET', '/positions/openings', positionOpenings),
    executions: (before) => call('GET', page('/executions', before), listOf(executionView)),
    events: (before) => call('GET', page('/events', before), listOf(systemEvent)),
    ...sessionCalls(call),
    tradingStates: async () => [...(await call('GET', '/trading-state', listOf(tradingStateView))).items],
    setTradingState: async (change) => {
      await call('POST', '/trading-state', z.unknown(), change);
    },
    stops: () => call('GET', '/stops', stopViews),
    previewStop: (request) => call('POST', '/stops/preview', stopOutcomes, request),
    stop: (request) => call('POST', '/stops', stopOutcomes, request),
    releaseStop: async (request) => {
      await call('POST', '/stops/releases', z.unknown(), request);
    },
    alerts: () => call('GET', '/alerts', z.array(alertView)),
    markAlert: (id, request) => call('POST', `/alerts/${encodeURIComponent(id)}/marks`, alertView, request),
    cases: (filter, limit, before) => {
      const chosen = Object.entries({ ...filter, before: before ?? '' }).filter(([, value]) => value !== '');
      const query = new URLSearchParams({ ...Object.fromEntries(chosen), limit: String(limit) });
      return call('GET', `/cases?${query.toString()}`, listOf(caseView));
    },
    case: (caseId) => call('GET', `/cases/${encodeURIComponent(caseId)}`, caseDetail),
    answerCase: async (caseId, answer, request) => {
      await call('POST', `/cases/${encodeURIComponent(caseId)}/${answer}`, caseAnswer, request);
    },
    ...clusterCalls(call),
    ...qualityCalls(call),
    workspaces: () => call('GET', '/workspaces', z.array(workspaceView)),
    saveWorkspace: (id, request) =>
      call('POST', `/workspaces/${encodeURIComponent(id)}`, workspaceView, request),
    deleteWorkspace: async (id) => {
      await call('POST', `/workspaces/${encodeURIComponent(id)}/delete`, z.unknown(), {});
    },
    bloomberg: () => call('GET', '/bloomberg', bloombergView),
    reference: (instrument) =>
      call('GET', `/bloomberg/reference/${encodeURIComponent(instrument)}`, referenceView),
  };
}

export type Requester = <T extends z.ZodType>(
  method: string,
  path: string,
  shape: T,
  body?: unknown,
  sentAt?: string,
) => Promise<z.output<T>>;

function requester(options: ApiOptions): Requester {
  return async (method, path, shape, body, sentAt) => {
    const token = options.token();
    if (token === null && path !== '/login')
      throw new ApiProblem(401, 'SIGNED_OUT', 'The sign-in has ended. Enter the password to go on.');
    const response = await send(options, { method, path, body, sentAt, token });
    const content = await readBody(response);
    if (!response.ok) {
      if (response.status === 401 && path !== '/login') options.onSignedOut(token);
      throw problemOf(response.status, content);
    }
    const parsed = shape.safeParse(content);
    if (!parsed.success) throw new NoAnswer(`The answer to ${method} ${path} has an unknown shape`);
    return parsed.data;
  };
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly sentAt: string | undefined;
  readonly token: string | null;
}

async function send(options: ApiOptions, { method, path, body, sentAt, token }: Question): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', 'x-tidegate-channel': 'ui' };
  if (sentAt !== undefined) headers['x-tidegate-sent-at'] = sentAt;
  if (token !== null) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await (options.fetch ?? fetch)(`${options.base}/api/v1${path}`, {
      method,
      headers,
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new NoAnswer(error instanceof Error ? error.message : 'The request failed');
  }
}

async function readBody(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

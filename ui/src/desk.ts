/**
 * Everything a signed-in user works with, outside React: the API, the stream, the live collections it feeds
 * and the tiles. Made at sign-in, closed at sign-out.
 */
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import type { QualityStateView } from '@tidegate/wire/quality';
import type { CaseSignal } from '@tidegate/wire/cases';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { InstrumentView, MeView, TradingStateView } from '@tidegate/wire/rest';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { createContext, use } from 'react';
import type { Api } from './api/client.ts';
import { Workspaces } from './layout/workspaces.state.ts';
import { IndicativePrices } from './bloomberg/indicative.state.ts';
import { Cell } from './cell.ts';
import { Dealing } from './dealing.ts';
import { Alerts } from './monitor/alert.list.ts';
import { soundAlert } from './monitor/sound.ts';
import type { DealingTile } from './prices/dealing.tile.ts';
import { deskOrder } from './prices/desk.order.ts';
import { markPaints } from './prices/paint.marks.ts';
import { PriceHistory } from './prices/price.history.ts';
import { Prices } from './prices/prices.state.ts';
import { Notices } from './shell/notices.ts';
import { Announcements } from './shell/announcements.ts';
import { Keys } from './shell/keys.ts';
import { Workspace } from './shell/workspace.ts';
import { createConnection, type StreamConnection } from './stream/connection.ts';
import { EarlyListener } from './stream/early.ts';
import { StreamMeter } from './stream/meter.ts';
import { ServerClock } from './stream/server.clock.ts';
import type { StreamBatch, StreamPhase, Subscribe } from './stream/protocol.ts';
import { OlderRows } from './stream/older.ts';
import { qualityRows } from './quality/quality.rows.ts';
import { LiveRows, type RowRules } from './stream/rows.ts';

export interface Desk {
  readonly me: MeView;
  readonly api: Api;
  readonly instruments: readonly InstrumentView[];
  readonly prices: Prices;
  /** For pictures of them. */
  readonly history: PriceHistory;
  /** Bloomberg's, for information; nothing that deals reads it. */
  readonly indicative: IndicativePrices;
  readonly orders: LiveRows<OrderView>;
  readonly executions: LiveRows<ExecutionView>;
  readonly positions: LiveRows<PositionView>;
  readonly sessions: LiveRows<SessionStatus>;
  readonly events: LiveRows<SystemEvent>;
  /** Rows beyond what the stream begins with. */
  readonly older: Older;
  /** Which cases are open, for operators; what they say is read by REST. */
  readonly cases: LiveRows<CaseSignal>;
  /** States of providers' data as they are now, for who may see them. */
  readonly quality: LiveRows<QualityStateView>;
  readonly phase: Cell<StreamPhase>;
  /** Channels the server refused, by subscription id, with the reason. */
  readonly refusals: Cell<ReadonlyMap<string, string>>;
  readonly tradingStates: Cell<readonly TradingStateView[]>;
  readonly meter: StreamMeter;
  /** For the moment of a click. */
  readonly serverClock: ServerClock;
  readonly workspace: Workspace;
  /** Of the events, what somebody should look at. */
  readonly alerts: Alerts;
  readonly keys: Keys;
  /** What readers are told. */
  readonly announcements: Announcements;
  /** How panels are arranged, kept on the server. */
  readonly workspaces: Workspaces;
  /** What is to be said in passing. */
  readonly notices: Notices;
  readonly dealing: Dealing;
  /** Who may not sees everything of his firm and sends nothing. */
  readonly mayTrade: boolean;
  readonly mayCancel: boolean;
  /** Halt firms and let them only reduce; to let them trade again is another right. */
  readonly mayHalt: boolean;
  readonly mayRelease: boolean;
  /** Messages of sessions. */
  readonly mayInspect: boolean;
  readonly seesAllFirms: boolean;
  /** Otherwise the names of providers come empty, and have no place. */
  readonly seesProviders: boolean;
  /** Operators answer cases. */
  readonly mayOperate: boolean;
  tile(instrument: string): DealingTile | undefined;
  instrument(id: string): InstrumentView | undefined;
  /** Reads trading states again. */
  refreshTradingStates(): Promise<void>;
  /** The stream goes on with the next token; null: it is closed until there is one. */
  useToken(token: string | null): void;
  close(): void;
}

export interface Older {
  readonly orders: OlderRows<OrderView>;
  readonly executions: OlderRows<ExecutionView>;
  readonly events: OlderRows<SystemEvent>;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = use(DeskContext);
  if (desk === null) throw new Error('no desk: this component belongs inside the signed-in application');
  return desk;
}

const NOTIFY_MS = 100;
const METER_MS = 1_000;
const later = (run: () => void): void => {
  setTimeout(run, NOTIFY_MS);
};

const newestFirst = (left: string, right: string): number => (left < right ? 1 : left > right ? -1 : 0);

/** Ids are unique within a firm. */
export const orderKey = (order: OrderView): string => `${order.firm}/${order.orderId}`;
export const executionKey = (execution: ExecutionView): string => `${execution.firm}/${execution.execId}`;
export const positionKey = (position: Pick<PositionView, 'firm' | 'account' | 'instrument'>): string =>
  `${position.firm}/${position.account}/${position.instrument}`;

/** Rows of one kind that the desk holds; who looks for older ones asks REST. */
const HELD_MAX = 20_000;

const orderRows: RowRules<OrderView> = {
  key: orderKey,
  limit: HELD_MAX,
  supersedes: (next, held) => next.sequence > held.sequence,
  compare: (left, right) => newestFirst(left.createdAt, right.createdAt) || right.sequence - left.sequence,
};
const executionRows: RowRules<ExecutionView> = {
  key: executionKey,
  limit: HELD_MAX,
  supersedes: (next, held) => next.sequence > held.sequence,
  compare: (left, right) => newestFirst(left.at, right.at) || right.sequence - left.sequence,
};
const positionRows: RowRules<PositionView> = {
  key: positionKey,
  limit: 5_000,
  supersedes: (next, held) => next.sequence > held.sequence,
  compare: (left, right) =>
    left.firm.localeCompare(right.firm) ||
    left.account.localeCompare(right.account) ||
    left.symbol.localeCompare(right.symbol),
};
const sessionRows: RowRules<SessionStatus> = {
  key: (session) => session.id,
  limit: 1_000,
  supersedes: () => true,
  compare: (left, right) =>
    right.side.localeCompare(left.side) ||
    (left.port ?? 0) - (right.port ?? 0) ||
    left.id.localeCompare(right.id),
};
const eventRows: RowRules<SystemEvent> = {
  key: (event) => event.id,
  limit: HELD_MAX,
  supersedes: () => false,
  compare: (left, right) => newestFirst(left.at, right.at),
};

const caseRows: RowRules<CaseSignal> = {
  key: (signal) => signal.caseId,
  limit: 10_000,
  supersedes: (next, held) => next.sequence > held.sequence,
  // Answered ones are let go first.
  compare: (left, right) =>
    Number(right.state === 'open') - Number(left.state === 'open') || newestFirst(left.at, right.at),
};

/** As often as they are painted: what comes in between would be seen by nobody. */
const PRICES_EVERY_MS = 60;
const INDICATIVE_EVERY_MS = 250;
const subscriptions: readonly Subscribe[] = [
  { op: 'subscribe', id: 'prices', channel: 'prices', depth: 10, everyMs: PRICES_EVERY_MS },
  { op: 'subscribe', id: 'orders', channel: 'orders' },
  { op: 'subscribe', id: 'executions', channel: 'executions' },
  { op: 'subscribe', id: 'positions', channel: 'positions' },
  { op: 'subscribe', id: 'indicative', channel: 'indicative', everyMs: INDICATIVE_EVERY_MS },
  { op: 'subscribe', id: 'sessions', channel: 'sessions' },
  { op: 'subscribe', id: 'events', channel: 'events' },
];

/** Of no use to who may not operate: it would be refused. */
const operatorSubscriptions: readonly Subscribe[] = [{ op: 'subscribe', id: 'cases', channel: 'cases' }];

export interface DeskStart {
  readonly api: Api;
  readonly me: MeView;
  readonly instruments: readonly InstrumentView[];
  readonly stream: DeskStream;
}

/** A stream that is open while what else a desk needs is being read. */
export interface DeskStream {
  readonly connection: StreamConnection;
  readonly early: EarlyListener;
}

/** With what everybody may see; prices first, they are waited for. */
export function openStream(url: string, token: string): DeskStream {
  const early = new EarlyListener();
  const connection = createConnection(url, early);
  for (const request of subscriptions) connection.subscribe(request);
  connection.open(token);
  return { connection, early };
}

const emptyCollections = () => ({
  orders: new LiveRows(orderRows, later),
  executions: new LiveRows(executionRows, later),
  positions: new LiveRows(positionRows, later),
  sessions: new LiveRows(sessionRows, later),
  events: new LiveRows(eventRows, later),
  cases: new LiveRows(caseRows, later),
  quality: new LiveRows(qualityRows, later),
  prices: new Prices(),
  indicative: new IndicativePrices(),
});

export function openDesk(start: DeskStart): Desk {
  const { api, me } = start;
  const instruments = deskOrder(start.instruments);
  const collections = emptyCollections();
  const older = olderRows(api, collections);
  const phase = new Cell<StreamPhase>('idle');
  const refusals = new Cell<ReadonlyMap<string, string>>(new Map());
  const tradingStates = new Cell<readonly TradingStateView[]>([]);
  const meter = new StreamMeter(performance.now());
  const paints = markPaints((ms) => meter.painted(ms));
  const serverClock = new ServerClock();
  const refreshTradingStates = refreshing(api, tradingStates);
  const stream = connect(start, {
    ...collections,
    older,
    phase,
    refusals,
    meter,
    priceReceived: paints.received,
    serverClock,
    refreshTradingStates,
  });
  const notices = new Notices();
  const dealing = new Dealing({
    api,
    me,
    instruments,
    ...collections,
    phase,
    tradingStates,
    serverClock,
    notices,
    isSilent: (nowMs) => stream.isSilent(nowMs),
  });
  const byId = new Map(instruments.map((each) => [each.id, each]));
  const clock = setInterval(() => meter.turn(performance.now()), METER_MS);
  const own = ownParts(start, instruments, collections);
  void own.workspaces.load();
  void refreshTradingStates();
  return {
    me,
    api,
    instruments,
    ...collections,
    older,
    phase,
    refusals,
    tradingStates,
    meter,
    serverClock,
    refreshTradingStates,
    ...own,
    notices,
    dealing,
    ...rightsOf(me),
    tile: (id) => dealing.tiles.get(id),
    instrument: (id) => byId.get(id),
    useToken: (token) => (token === null ? stream.close() : stream.renew(token)),
    close() {
      clearInterval(clock);
      own.alerts.close();
      paints.stop();
      own.workspaces.close();
      own.history.close();
      stream.close();
      dealing.close();
    },
  };
}

const refreshing = (api: Api, states: Cell<readonly TradingStateView[]>) => async (): Promise<void> => {
  try {
    states.set(await api.tradingStates());
  } catch {
    // The last known states stay; the next trading-state event asks again.
  }
};

/** What belongs to the user, not to the market. */
function ownParts(
  { api, me }: DeskStart,
  instruments: readonly InstrumentView[],
  { prices, events }: Pick<Desk, 'prices' | 'events'>,
) {
  const workspace = new Workspace(instruments[0]?.id ?? '');
  return {
    workspace,
    workspaces: new Workspaces(api),
    history: new PriceHistory(prices, instruments, () => Date.now()),
    alerts: alertsOf(api, workspace, events),
    keys: new Keys(me.user, localStorage),
    announcements: new Announcements(),
  };
}

const rightsOf = ({ permissions }: MeView) => ({
  mayTrade: permissions.includes('trade'),
  mayCancel: permissions.includes('cancel'),
  mayHalt: permissions.includes('halt'),
  mayRelease: permissions.includes('release'),
  mayInspect: permissions.includes('inspect'),
  seesAllFirms: permissions.includes('seeAllFirms'),
  seesProviders: permissions.includes('seeProviders'),
  mayOperate: permissions.includes('operate'),
});

const olderRows = (api: Api, rows: Pick<Desk, 'orders' | 'executions' | 'events'>): Older => ({
  orders: new OlderRows(rows.orders, (before) => api.orders(before)),
  executions: new OlderRows(rows.executions, (before) => api.executions(before)),
  events: new OlderRows(rows.events, (before) => api.events(before)),
});

function alertsOf(api: Api, { alertSound }: Workspace, events: LiveRows<SystemEvent>): Alerts {
  const alerts = new Alerts(
    () => api.alerts(),
    () => {
      if (alertSound.read()) soundAlert();
    },
  );
  events.listen(alerts.told);
  return alerts;
}

type Fed = Pick<
  Desk,
  | 'prices'
  | 'indicative'
  | 'orders'
  | 'executions'
  | 'positions'
  | 'sessions'
  | 'events'
  | 'older'
  | 'cases'
  | 'quality'
  | 'phase'
  | 'refusals'
  | 'meter'
  | 'serverClock'
  | 'refreshTradingStates'
> & { readonly priceReceived: ReturnType<typeof markPaints>['received'] };

function connect({ api, me, stream }: DeskStart, fed: Fed): StreamConnection {
  const { connection, early } = stream;
  early.handTo({
    phase: (next) => {
      if (next === 'live') fed.refusals.set(new Map());
      else {
        fed.meter.latency(null);
        fed.indicative.disconnect();
      }
      fed.phase.set(next);
    },
    data: (batch, atMs) => deliver(batch, fed, atMs),
    latency: (ms) => fed.meter.latency(ms),
    serverTime: (ms, atMs) => fed.serverClock.heard(ms, atMs),
    refused: (id, code, text) => {
      if (id === 'indicative' && code === 'FEED_NOT_PERMITTED') fed.indicative.refuse();
      if (id !== null) fed.refusals.set(new Map(fed.refusals.read()).set(id, text || code));
    },
    // A 401 signs out (see createApi); any other answer means that the token is good.
    tokenInDoubt: () => {
      api.me().catch(() => undefined);
    },
  });
  if (me.permissions.includes('operate'))
    for (const request of operatorSubscriptions) connection.subscribe(request);
  if (me.permissions.includes('seeQuality'))
    connection.subscribe({ op: 'subscribe', id: 'quality', channel: 'quality' });
  return connection;
}

function deliver(batch: StreamBatch, fed: Fed, nowMs: number): void {
  if (batch.op === 'update') fed.meter.count(batch.data.length);
  else if (fed.refusals.read().has(batch.id)) {
    fed.refusals.set(new Map([...fed.refusals.read()].filter(([id]) => id !== batch.id)));
  }
  if (batch.op === 'snapshot') queueMicrotask(() => restartOlder(batch, fed.older));
  switch (batch.channel) {
    case 'prices':
      fed.prices.apply(batch.op, batch.data, nowMs);
      fed.priceReceived(batch.data, nowMs);
      return;
    case 'indicative':
      fed.indicative.apply(batch.op, batch.data, nowMs);
      return;
    case 'orders':
      fed.orders.apply({ op: batch.op, rows: batch.data }, nowMs);
      return;
    case 'executions':
      fed.executions.apply({ op: batch.op, rows: batch.data }, nowMs);
      return;
    case 'positions':
      fed.positions.apply({ op: batch.op, rows: batch.data }, nowMs);
      return;
    case 'sessions':
      fed.sessions.apply({ op: batch.op, rows: batch.data }, nowMs);
      return;
    case 'events':
      fed.events.apply({ op: batch.op, rows: batch.data }, nowMs);
      if (batch.data.some((event) => event.kind === 'tradingState')) void fed.refreshTradingStates();
      return;
    case 'cases':
      fed.cases.apply({ op: batch.op, rows: batch.data }, nowMs);
      return;
    case 'quality':
      fed.quality.apply({ op: batch.op, rows: batch.data }, nowMs);
      return;
  }
}

/** After its rows are in. */
function restartOlder({ channel, next = null, total }: StreamBatch, older: Older): void {
  if (channel === 'orders' || channel === 'executions' || channel === 'events')
    older[channel].restart(next, total ?? null);
}

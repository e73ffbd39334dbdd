/** docs/fix/rules-of-engagement.md says what the code says: fields, codes and reasons. */
import { readFileSync } from 'node:fs';
import type { OrderImage } from '@tidegate/core/order/image';
import type { OrderEvent } from '@tidegate/core/order/order';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import { describe, expect, it } from 'vitest';
import {
  cxlRejReason,
  ordRejReason,
  reportOf,
  statusReport,
  unjournaledChangeRefusal,
  unjournaledRefusal,
  unknownOrderReport,
  type Report,
} from './client.reports.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const document = read('../../../../docs/fix/rules-of-engagement.md');

/** Tags of the table that follows this heading in bold. */
function tagsOf(heading: string): number[] {
  const from = document.indexOf(`**${heading}**`);
  expect([heading, from > 0]).toEqual([heading, true]);
  const table = /(?:^\|.*\n)+/m.exec(document.slice(from))![0];
  return [...table.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
}

function written({ write }: Report): number[] {
  const tags: number[] = [];
  const fields = new Proxy({} as FieldWriter, {
    get: () => (tag: number) => {
      tags.push(tag);
      return fields;
    },
  });
  write(fields);
  return tags;
}

const order = {
  orderId: 'f.1',
  origin: { channel: 'fix', client: 'c@p' },
  account: 'a',
  trader: 't',
  clOrdId: 'x',
  instrument: 'EURUSD',
  side: 'buy',
  orderType: 'limit',
  price: 110_000,
  quantity: 1_000,
  timeInForce: 'gtc',
  status: 'new',
  filled: 500,
  leaves: 500,
  notional: '55000000',
  unknown: true,
  text: '',
  createdAtMs: 1,
  updatedAtMs: 1,
  priceScale: 5,
  quantityScale: 2,
} as const satisfies OrderImage;

const reports = (events: readonly object[], msgType: Report['msgType']): Report[] =>
  events.map((event) => {
    const sequenced = { event: event as OrderEvent, order, sequence: 7, atMs: 1 };
    const report = reportOf('f', sequenced, () => 'EUR/USD')!;
    expect(report.msgType).toBe(msgType);
    return report;
  });

const { origin } = order;
const terms = { commandId: 'k', origin, account: 'a', clOrdId: 'x', instrument: 'EURUSD', side: 'buy' };
const executions = reports(
  [
    { type: 'orderAccepted' },
    { type: 'routeFilled', quantity: 5, clientPrice: 110_000 },
    { type: 'tradeBusted', refSequence: 3, quantity: 5, clientPrice: 110_000 },
    { type: 'tradeCorrected', refSequence: 3, quantity: 4, clientPrice: 110_000 },
    { type: 'cancelRequested', clOrdId: 'y' },
    { type: 'routeReplaceRequested', clOrdId: 'y' },
    { type: 'orderReplaced', clOrdId: 'y', origClOrdId: 'x' },
    { type: 'orderClosed', outcome: 'canceled', code: 'NO_LIQUIDITY', reason: 'none' },
    { type: 'orderRefused', ...terms, quantity: 5, quantityScale: 2, code: 'ORDER_RATE', text: 'slow' },
  ],
  '8',
);
const rejections = reports(
  [
    {
      type: 'changeRefused',
      ...terms,
      change: 'cancel',
      origClOrdId: 'w',
      code: 'UNKNOWN_ORDER',
      text: 'no',
    },
  ],
  '9',
);

describe('docs/fix/rules-of-engagement.md', () => {
  it('names fields as the standard does', () => {
    const named = [...document.matchAll(/^\| (\d+) \| (\w+) \|/gm)];
    expect(named.length).toBeGreaterThan(90);
    for (const [, tag, name] of named)
      expect([name, (Tag as Readonly<Record<string, number>>)[name!]]).toEqual([name, Number(tag)]);
    for (const [, name, tag] of document.matchAll(/\b([A-Z][A-Za-z0-9]+)\((\d+)\)/g))
      if (name !== 'Logout' && name !== 'Reject')
        expect([name, (Tag as Readonly<Record<string, number>>)[name!]]).toEqual([name, Number(tag)]);
  });

  it('lists the fields of execution reports and cancel rejects, exactly', () => {
    const all8 = [
      ...executions,
      statusReport(order, 'x', () => 'EUR/USD', 1),
      unknownOrderReport('x', 'EUR/USD', '1', 1),
      unjournaledRefusal({ clOrdId: 'x', symbol: 'EUR/USD', side: 'buy' }, 'r', 'text', 1),
    ];
    const all9 = [
      ...rejections,
      unjournaledChangeRefusal({ clOrdId: 'x', origClOrdId: 'w', change: 'replace' }, 't', 1),
    ];
    const tags = (some: readonly Report[]) => new Set(some.flatMap(written));
    expect(new Set(tagsOf('ExecutionReport (8)'))).toEqual(tags(all8));
    expect(new Set(tagsOf('OrderCancelReject (9)'))).toEqual(tags(all9));
  });

  it('lists the fields of prices, lists and business rejects, exactly', () => {
    const source = (file: string, from: string, to: string): Set<number> => {
      const text = read(file);
      const part = text.slice(text.indexOf(from), text.indexOf(to, text.indexOf(from)));
      expect(part.length).toBeGreaterThan(50);
      const names = [...part.matchAll(/\.(?:text|int|char|decimal|boolean)\(Tag\.(\w+)/g)].map(
        (match) => match[1]!,
      );
      return new Set(names.map((name) => (Tag as Readonly<Record<string, number>>)[name]!));
    };
    const quotes = './client.quotes.ts';
    const snapshot = source(quotes, 'private sendSnapshot', '\n  }\n');
    const levels = source(quotes, 'function writeLevels', '\n}\n');
    expect(new Set(tagsOf('MarketDataSnapshotFullRefresh (W)'))).toEqual(new Set([...snapshot, ...levels]));
    const increment = source(quotes, "      'X',", 'perishable');
    const changes = source(quotes, '): void {\n  const { priceScale, quantityScale, symbol }', '\n}\n');
    expect(new Set(tagsOf('MarketDataIncrementalRefresh (X)'))).toEqual(new Set([...increment, ...changes]));
    expect(new Set(tagsOf('MarketDataRequestReject (Y)'))).toEqual(source(quotes, "handle.send('Y'", '});'));
    expect(new Set(tagsOf('SecurityList (y)'))).toEqual(
      source('./client.application.ts', "session.send('y'", '\n    });'),
    );
    expect(new Set(tagsOf('BusinessMessageReject (j)'))).toEqual(
      source('./business.reject.ts', "session.send('j'", '\n  });'),
    );
  });

  it('maps every refusal code to its reasons', () => {
    const source = read('../../../../packages/core/src/order/order.ts');
    const union = /export type RefusalCode =([^;]+);/.exec(source)![1]!;
    const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1]!);
    const listed = [...document.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (\d+) \|/gm)];
    expect(listed.map((match) => match[1]).sort()).toEqual(codes.sort());
    // Never an event: answered at the edge with 2.
    const unjournaled = new Set(['JOURNAL_UNAVAILABLE', 'OVERLOADED']);
    const reason = (map: Readonly<Record<string, number | undefined>>, code: string) => map[code] ?? 99;
    for (const [, code, ord, cxl] of listed) {
      expect([code, Number(ord)]).toEqual([code, reason(ordRejReason, code!)]);
      const change = unjournaled.has(code!) ? 2 : reason(cxlRejReason, code!);
      expect([code, Number(cxl)]).toEqual([code, change]);
    }
  });

  it('lists every text that ends a logon or a session, and every business reject', () => {
    const sessions = ['../sessions/sessions.ts', '../sessions/client.terms.ts'].map(read).join('\n');
    const logon = [...sessions.matchAll(/['`]((?:LOGON|LISTENER|SESSION)_[A-Z_]+)/g)].map(
      (match) => match[1]!,
    );
    const inTable = [...document.matchAll(/^\| `((?:LOGON|LISTENER|SESSION)_[A-Z_]+)` \|/gm)];
    expect(new Set(inTable.map((match) => match[1]))).toEqual(new Set(logon));
    const rejects = ['./client.application.ts', './client.orders.ts', './client.quotes.ts']
      .map(read)
      .join('\n')
      .matchAll(/const text =\s*['`]([A-Z_]+)|businessReject\.\w+, '([A-Z_]+):/g);
    const codes = [...rejects].map((match) => match[1] ?? match[2]!);
    const section = document.slice(
      document.indexOf('**BusinessMessageReject (j)**'),
      document.indexOf('## Market data'),
    );
    const listed = [...section.matchAll(/^\| `([A-Z_]+)` \| \d \|/gm)].map((match) => match[1]!);
    expect(new Set(listed)).toEqual(new Set(codes));
  });

  it('names every term that orders may not have', () => {
    const messages = read('./client.messages.ts');
    const terms = [...messages.matchAll(/\[Tag\.\w+, '(\w+\(\d+\))'\]/g)].map((match) => match[1]!);
    expect(terms.length).toBeGreaterThan(10);
    for (const term of terms) expect(document).toContain(term);
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TYPED_MESSAGES, emitMessages, identifier } from '../../../../tools/fixgen/messages.ts';
import { decodeFrame } from '../codec/decoder.ts';
import { Encoder } from '../codec/encoder.ts';
import { SAMPLE_HEADER, encodeSample, writeExecutionReport, writeNewOrderList } from '../codec/samples.ts';
import { Validator } from '../codec/validator.ts';
import { latin1 } from '../codec/values.ts';
import type { MessageView } from '../codec/view.ts';
import { fix44Table } from '../dictionary/fix44.ts';
import { loadDictionary } from '../dictionary/load.ts';
import * as messages from './fix44.ts';
import { ExecutionReport, Logon, MarketDataRequest, NewOrderList, NewOrderSingle, News } from './fix44.ts';
import type { Fields, TypedMessage, Values } from './typed.ts';

const dictionary = loadDictionary('FIX.4.4');
const TIME_MICROS = 1_773_144_000_123_000;

function sent<F extends Fields>(type: TypedMessage<F>, values: Values<F>): MessageView {
  const encoder = new Encoder();
  encoder.begin({ ...SAMPLE_HEADER, msgType: type.msgType });
  type.write(encoder, values);
  return decodeFrame(encoder.end(), dictionary);
}

function body(view: MessageView): string {
  const { raw } = view;
  return /\|56=[^|]*\|(.*)10=\d{3}\|$/.exec(latin1(raw, 0, raw.length).replaceAll('\x01', '|'))![1]!;
}

describe('the file of layouts', () => {
  it('equals a fresh generation', () => {
    const stored = readFileSync(new URL('fix44.ts', import.meta.url), 'utf8');
    expect(emitMessages(fix44Table, TYPED_MESSAGES)).toBe(stored);
  });

  it('has every message under its own type', () => {
    const types = Object.values(messages).map((message) => message.msgType);
    expect(types.toSorted()).toEqual(TYPED_MESSAGES.toSorted());
    expect(new Set(types).size).toBe(types.length);
  });

  it('spells names as identifiers', () => {
    const names = ['ClOrdID', 'NoMDEntries', 'NoPartyIDs', 'URLLink', 'MDReqID', 'Side', 'DKReason'];
    expect(names.map(identifier)).toEqual([
      'clOrdId',
      'noMdEntries',
      'noPartyIds',
      'urlLink',
      'mdReqId',
      'side',
      'dkReason',
    ]);
  });
});

describe('writing', () => {
  it('puts fields by name, of every kind', () => {
    const view = sent(NewOrderSingle, {
      clOrdId: 'id-1',
      side: '1',
      transactTime: TIME_MICROS,
      ordType: '2',
      symbol: 'EUR/USD',
      orderQty: '1000000',
      price: [108_753, 5],
      locateReqd: false,
      account: undefined,
      noPartyIds: [
        { partyRole: 11, partyId: 'DESK', noPartySubIds: [{ partySubId: 'ANN', partySubIdType: 2 }] },
        { partyId: 'BANK' },
      ],
      encodedText: Uint8Array.of(0x41, 1, 0x42),
    });
    expect(body(view)).toBe(
      '11=id-1|54=1|60=20260310-12:00:00.123|40=2|55=EUR/USD|38=1000000|44=1.08753|114=N|' +
        '453=2|448=DESK|452=11|802=1|523=ANN|803=2|448=BANK|354=3|355=A|B|',
    );
    expect(new Validator(dictionary).validate(view)).toBeUndefined();
  });

  it('keeps microseconds', () => {
    const order = { clOrdId: 'x', side: '2', ordType: '1', symbol: 'A', orderQty: '1' } as const;
    const view = sent(NewOrderSingle, { ...order, transactTime: TIME_MICROS + 45 });
    expect(view.text(60)).toBe('20260310-12:00:00.123045');
    expect(NewOrderSingle.read(view).transactTime).toBe(TIME_MICROS + 45);
  });

  it('refuses names that the message does not have', () => {
    const wrong = { heartBtInt: 30, encryptMethod: 0, clOrdId: 'x' } as unknown as Values<
      FieldsOf<typeof Logon>
    >;
    expect(() => sent(Logon, wrong)).toThrow('no field clOrdId');
    const inherited = JSON.parse('{"constructor": "x"}') as Values<FieldsOf<typeof Logon>>;
    expect(() => sent(Logon, inherited)).toThrow('no field constructor');
  });

  it('asks the compiler for what is required', () => {
    // @ts-expect-error Side, TransactTime and OrdType are missing.
    expect(() => sent(NewOrderSingle, { clOrdId: 'x' })).not.toThrow();
    // @ts-expect-error There is no side X.
    const side: Values<FieldsOf<typeof NewOrderSingle>>['side'] = 'X';
    expect(side).toBe('X');
  });
});

type FieldsOf<T> = T extends TypedMessage<infer F> ? F : never;

describe('reading', () => {
  it('gives fields by name, of every kind', () => {
    const report = ExecutionReport.read(decodeFrame(encodeSample('8', writeExecutionReport), dictionary));
    expect([report.orderId, report.execType, report.price, report.scaled('price', 5)]).toEqual([
      'TG-0000000815',
      'F',
      '1.08753',
      108_753,
    ]);
    expect([report.transactTime, report.text, report.scaled('stopPx', 5)]).toEqual([
      TIME_MICROS,
      undefined,
      undefined,
    ]);
    const parties = Array.from(report.noPartyIds, (party) => [party.partyId, party.partyRole]);
    expect(parties).toEqual([
      ['DESK-7', 11],
      ['LP-3', 35],
    ]);
  });

  it('gives nested groups', () => {
    const list = NewOrderList.read(decodeFrame(encodeSample('E', writeNewOrderList), dictionary));
    const seen: string[] = [];
    for (const order of list.noOrders) {
      for (const party of order.noPartyIds)
        for (const sub of party.noPartySubIds)
          seen.push(`${order.clOrdId} ${party.partyId} ${sub.partySubId}`);
    }
    expect(seen).toEqual(['ORD-1 DESK-7 ANN', 'ORD-1 DESK-7 BOB', 'ORD-2 DESK-7 ANN', 'ORD-2 DESK-7 BOB']);
    const orders = list.noOrders;
    expect([[...orders].length, [...orders].length]).toEqual([2, 2]);
  });

  it('gives nothing of groups that are not there', () => {
    const request = MarketDataRequest.read(
      sent(MarketDataRequest, {
        mdReqId: 'r',
        subscriptionRequestType: '1',
        marketDepth: 1,
        noMdEntryTypes: [{ mdEntryType: '0' }, { mdEntryType: '1' }],
        noRelatedSym: [{ symbol: 'EUR/USD' }],
      }),
    );
    expect(Array.from(request.noMdEntryTypes, (entry) => entry.mdEntryType)).toEqual(['0', '1']);
    expect([...request.noTradingSessions]).toEqual([]);
  });

  it('gives data as bytes', () => {
    const rawData = Uint8Array.of(1, 0x3d, 1);
    const view = sent(News, { headline: 'x', noLinesOfText: [{ text: 'line' }], rawData });
    expect(News.read(view).rawData).toEqual(rawData);
  });
});

describe('any values', () => {
  it('come back as they were written', () => {
    const text = fc.string({
      unit: fc.integer({ min: 2, max: 255 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 12,
    });
    const order = fc.record({
      clOrdId: text,
      side: fc.constantFrom('1', '2', '5'),
      transactTime: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
      ordType: fc.constantFrom('1', '2'),
      symbol: text,
      minQty: fc.tuple(fc.maxSafeInteger(), fc.nat(15)),
      noPartyIds: fc.array(fc.record({ partyId: text, partyRole: fc.maxSafeInteger() }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(order, (values) => {
        const read = NewOrderSingle.read(sent(NewOrderSingle, values));
        expect([read.clOrdId, read.side, read.transactTime, read.symbol]).toEqual([
          values.clOrdId,
          values.side,
          values.transactTime,
          values.symbol,
        ]);
        expect(read.scaled('minQty', values.minQty[1])).toBe(values.minQty[0] + 0);
        const parties = Array.from(read.noPartyIds, ({ partyId, partyRole }) => ({ partyId, partyRole }));
        expect(parties).toEqual(
          values.noPartyIds.map((party) => ({ ...party, partyRole: party.partyRole + 0 })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

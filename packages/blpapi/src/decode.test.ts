import { describe, expect, it } from 'vitest';
import { BufferWriter, Dictionary } from './buffer.ts';
import type { BlpDataEvent, BlpEvent } from './contract.ts';
import { BatchDecoder, type RawMessage } from './decode.ts';
import { typedEvent } from './events.ts';
import { eventType, record, tag } from './layout.ts';

const encoder = new TextEncoder();

/** Writes records as the shim does, with names by their text. */
class Sender {
  readonly dictionary = new Dictionary();
  readonly #pointers = new Map<string, bigint>();

  name(out: BufferWriter, text: string): number {
    const pointer = this.#pointers.get(text) ?? BigInt(this.#pointers.size + 1);
    this.#pointers.set(text, pointer);
    return this.dictionary.name(out, pointer, () => text);
  }

  flat(
    out: BufferWriter,
    correlationId: number,
    fields: readonly (readonly [string, number, Uint8Array])[],
  ): void {
    const type = this.name(out, 'MarketDataEvents');
    const keys = fields.map(([name, kind]) => (this.name(out, name) << 5) | kind);
    const shape = this.dictionary.shape(out, type, keys);
    out.copy(Uint8Array.of(record.flat, eventType.subscriptionData, 1, 0));
    out.u32(shape);
    out.f64(correlationId);
    for (const [, , bytes] of fields) out.copy(bytes);
    out.messages++;
  }
}

function decoder(): { batches: BatchDecoder; raws: RawMessage[] } {
  const raws: RawMessage[] = [];
  const batches = new BatchDecoder({
    message: (raw) => {
      raws.push(raw);
      return typedEvent(raw);
    },
    log: () => undefined,
    tooLarge: () => undefined,
    failure: (call, code, text) => {
      throw new Error(`${call} ${code} ${text}`);
    },
  });
  return { batches, raws };
}

const float64 = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);
const int64 = (value: bigint): Uint8Array => new Uint8Array(BigInt64Array.of(value).buffer);

function buffer(write: (out: BufferWriter) => void): ArrayBuffer {
  const bytes = new ArrayBuffer(4096);
  const out = new BufferWriter(new Uint8Array(bytes));
  write(out);
  out.finish();
  return bytes;
}

describe('the decoder', () => {
  it('[DE1] reads flat messages by their shape, names sent once', () => {
    const sender = new Sender();
    const { batches } = decoder();
    const write = (out: BufferWriter): void =>
      sender.flat(out, 7, [
        ['BID', tag.float64, float64(1.085)],
        ['ASK', tag.null, new Uint8Array(0)],
        ['VOLUME', tag.int64, int64(5n)],
      ]);
    const first = buffer(write);
    const second = buffer(write);
    const expected: BlpEvent = {
      kind: 'data',
      correlationId: 7,
      messageType: 'MarketDataEvents',
      recap: 'solicited',
      fragment: 'none',
      fields: { BID: 1.085, ASK: null, VOLUME: 5 },
    };
    expect(batches.decode(first).events).toEqual([expected]);
    expect(batches.decode(second).events).toEqual([expected]);
    expect(new DataView(second).getUint32(12, true)).toBe(0);
  });

  it('[DE2] keeps what was subscribed, for each subscription', () => {
    const sender = new Sender();
    const { batches } = decoder();
    batches.keepFields(1, ['BID']);
    batches.keepFields(2, ['ASK', 'BID']);
    const fields = [
      ['MKTDATA_EVENT_TYPE', tag.null, new Uint8Array(0)],
      ['BID', tag.float64, float64(1)],
      ['ASK', tag.float64, float64(2)],
    ] as const;
    const bytes = buffer((out) => [1, 2, 3, 1].forEach((id) => sender.flat(out, id, fields)));
    const kept = batches
      .decode(bytes)
      .events.map((event) => Object.keys('fields' in event ? event.fields : {}));
    expect(kept).toEqual([
      ['MKTDATA_EVENT_TYPE', 'BID'],
      ['MKTDATA_EVENT_TYPE', 'BID', 'ASK'],
      ['MKTDATA_EVENT_TYPE', 'BID', 'ASK'],
      ['MKTDATA_EVENT_TYPE', 'BID'],
    ]);
    batches.forgetFields(1);
    const after = batches.decode(buffer((out) => sender.flat(out, 1, fields))).events[0];
    expect(after).toMatchObject({ fields: { ASK: 2 } });
  });

  it('[DE2] gets past what was not subscribed, whatever its type', () => {
    const sender = new Sender();
    const { batches } = decoder();
    batches.keepFields(1, ['BID', 'ASK']);
    const text = encoder.encode('skipped');
    const write = (out: BufferWriter): void => {
      for (const id of [1, 2])
        sender.flat(out, id, [
          ['TIME', tag.datetime, new Uint8Array(16)],
          ['BID', tag.float64, float64(1.085)],
          ['NOTE', tag.string, Uint8Array.of(text.length, 0, 0, 0, ...text)],
          ['FLAG', tag.bool, Uint8Array.of(1)],
          ['GONE', tag.null, new Uint8Array(0)],
          ['VOLUME', tag.int64, int64(5n)],
          ['ASK', tag.float64, float64(1.086)],
          ['TRADES', tag.int32, Uint8Array.of(9, 0, 0, 0)],
        ]);
    };
    const [kept, all] = batches.decode(buffer(write)).events;
    expect(kept).toMatchObject({ correlationId: 1, fields: { BID: 1.085, ASK: 1.086 } });
    expect(Object.keys((kept as BlpDataEvent).fields)).toEqual(['BID', 'ASK']);
    expect(all).toMatchObject({ correlationId: 2, fields: { NOTE: 'skipped', VOLUME: 5, TRADES: 9 } });
  });

  it('[DE3] gives int64 as number while exact, else as bigint', () => {
    const sender = new Sender();
    const { batches } = decoder();
    const safe = BigInt(Number.MAX_SAFE_INTEGER);
    const values = [0n, -1n, safe, -safe, safe + 1n, -safe - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    const bytes = buffer((out) =>
      values.forEach((value) => sender.flat(out, 1, [['V', tag.int64, int64(value)]])),
    );
    const decoded = batches
      .decode(bytes)
      .events.map((event) => ('fields' in event ? event.fields.V : undefined));
    const expected = values.map((value) => (value >= -safe && value <= safe ? Number(value) : value));
    expect(decoded).toEqual(expected);
  });

  it('[DE4] reads trees: sequences, arrays, choices, texts, nulls, unreadable values', () => {
    const sender = new Sender();
    const { batches, raws } = decoder();
    const bytes = buffer((out) => {
      const type = sender.name(out, 'SubscriptionStarted');
      out.copy(Uint8Array.of(record.message, eventType.subscriptionStatus, 0, 1));
      out.u32(type);
      out.u32(2);
      out.f64(3);
      out.f64(4);
      out.u8(tag.string);
      out.sized(encoder.encode('//blp/mktdata'));
      out.u8(tag.sequence);
      out.u32(3);
      out.u32(sender.name(out, '__proto__'));
      out.u8(tag.array);
      out.u32(2);
      out.u8(tag.bool);
      out.u8(1);
      out.u8(tag.null);
      out.u32(sender.name(out, 'pick'));
      out.u8(tag.choice);
      out.u32(1);
      out.u32(sender.name(out, 'euro'));
      out.u8(tag.string);
      out.sized(encoder.encode('€'));
      out.u32(sender.name(out, 'bad'));
      out.u8(tag.unreadable);
      out.u32(0x4000c);
      out.unreadable = 1;
    });
    expect(batches.decode(bytes).unreadable).toBe(1);
    expect(raws).toMatchObject([
      {
        messageType: 'SubscriptionStarted',
        correlationIds: [3, 4],
        service: '//blp/mktdata',
        isLast: true,
        elements: { _proto_: [true, null], pick: { euro: '€' }, bad: null },
      },
    ]);
  });

  it('[DE5] refuses bytes that are no buffer of the shim, loudly', () => {
    const { batches } = decoder();
    expect(() => batches.decode(new ArrayBuffer(4096))).toThrow();
    const sender = new Sender();
    const broken = buffer((out) => {
      sender.flat(out, 1, []);
      out.u8(99);
    });
    expect(() => batches.decode(broken)).toThrow(/unknown kind 99/);
    const unnamed = buffer((out) => {
      out.copy(Uint8Array.of(record.message, 1, 0, 0));
      out.u32(12_345);
    });
    expect(() => batches.decode(unnamed)).toThrow(/12345/);
  });

  it('[DE6] takes a refusal of the library as the end of the session', () => {
    const { batches } = decoder();
    const refused = buffer((out) => {
      out.u8(record.error);
      out.u32(0x10009);
      out.sized(encoder.encode('nextEvent'));
      out.sized(encoder.encode('gone'));
    });
    expect(() => batches.decode(refused)).toThrow('nextEvent 65545 gone');
  });
});

/**
 * The provider of the benchmarks, as a process of its own: quotes at a constant rate from due times, the
 * tick's number coded into its price, and fills every order at once. It does as little as a provider can, so
 * what is measured is the platform.
 *
 * Forked with IPC: sends `{ports}` once, takes `{quote: {startMs, rate, count}}` and answers `{done:
 * skippedCount}`. With the argument `wide` it waits until twenty instruments have been asked for, with `wall`
 * until sixty-eight have.
 */
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import { pace } from './pace.ts';
import { levels, symbols, tickPrice, wallSymbols, wideSymbols, type QuoteOrder } from './ticks.ts';

const widths: Readonly<Record<string, readonly string[]>> = { wide: wideSymbols, wall: wallSymbols };
const wanted = (widths[process.argv[2] ?? ''] ?? symbols).length;
const subscriptions: {
  readonly session: SessionHandle;
  readonly requestId: string;
  readonly symbol: string;
}[] = [];
/** Resolves when every instrument has been asked for. */
const subscribed = Promise.withResolvers<void>();
let fills = 0;

const quotes = acceptor('TIDEGATE-MD', false, (message, session) => {
  if (message.msgType !== 'V') return;
  const requestId = message.text(Tag.MDReqID)!;
  for (const entry of message.entries(Tag.NoRelatedSym)) {
    subscriptions.push({ session, requestId, symbol: entry.text(Tag.Symbol)! });
  }
  if (subscriptions.length >= wanted) subscribed.resolve();
});

const orders = acceptor('TIDEGATE-OE', true, (message, session) => {
  if (message.msgType === 'D') fill(message, session);
});

function acceptor(
  client: string,
  persistMessages: boolean,
  onMessage: (message: Message, session: SessionHandle) => void,
): Acceptor {
  return new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: () => ({
      accept: true,
      settings: { beginString: 'FIX.4.4', senderCompId: 'ALPHA', targetCompId: client, persistMessages },
      store: new MemoryStore(),
      application: { onMessage },
    }),
  });
}

function fill(message: Message, session: SessionHandle): void {
  const clOrdId = message.text(Tag.ClOrdID)!;
  const symbol = message.text(Tag.Symbol)!;
  const side = String.fromCharCode(message.char(Tag.Side)!);
  const quantity = message.text(Tag.OrderQty)!;
  const price = message.text(Tag.Price) ?? '1';
  fills += 1;
  const id = `f${fills}`;
  const report = (execType: '0' | 'F') => (fields: FieldWriter) => {
    fields.text(Tag.OrderID, id).text(Tag.ClOrdID, clOrdId).text(Tag.ExecID, `${id}${execType}`);
    fields
      .char(Tag.ExecType, execType)
      .char(Tag.OrdStatus, execType === '0' ? '0' : '2')
      .text(Tag.Symbol, symbol);
    fields.char(Tag.Side, side).text(Tag.OrderQty, quantity);
    if (execType === 'F') fields.text(Tag.LastQty, quantity).text(Tag.LastPx, price);
    fields
      .text(Tag.LeavesQty, execType === '0' ? quantity : '0')
      .text(Tag.CumQty, execType === '0' ? '0' : quantity);
    fields.text(Tag.AvgPx, execType === '0' ? '0' : price);
  };
  session.send('8', report('0'));
  session.send('8', report('F'));
}

/** One tick: a whole image of one instrument, `levels` deep. */
function quote(index: number): void {
  const subscription = subscriptions[index % subscriptions.length]!;
  const { priceScale, bid } = tickPrice(subscription.symbol, Math.floor(index / subscriptions.length));
  subscription.session.send('W', (fields) => {
    fields.text(Tag.MDReqID, subscription.requestId).text(Tag.Symbol, subscription.symbol);
    fields.int(Tag.NoMDEntries, levels * 2);
    for (const side of ['0', '1'] as const) {
      for (let level = 0; level < levels; level += 1) {
        const price = side === '0' ? bid - level : bid + 2 + level;
        fields.char(Tag.MDEntryType, side).decimal(Tag.MDEntryPx, price, priceScale);
        fields.int(Tag.MDEntrySize, 1_000_000 * (level + 1)).int(Tag.MDEntryPositionNo, level + 1);
      }
    }
  });
}

async function run({ startMs, rate, count, quantumMs, burst = 1 }: QuoteOrder): Promise<void> {
  await subscribed.promise;
  subscriptions.sort((left, right) => left.symbol.localeCompare(right.symbol));
  const act = (index: number): void => {
    for (let one = 0; one < burst; one += 1) quote(index * burst + one);
  };
  await pace(startMs, rate / burst, count / burst, act, quantumMs);
  process.send!({ done: true });
}

process.on('message', (message: { quote?: QuoteOrder }) => {
  if (message.quote !== undefined) void run(message.quote);
});
process.on('disconnect', () => process.exit(0));
await Promise.all([quotes.listen(), orders.listen()]);
process.send!({ ports: { quotesPort: quotes.port, ordersPort: orders.port } });

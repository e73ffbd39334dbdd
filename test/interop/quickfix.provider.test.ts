/** A real QuickFIX C++ acceptor as a provider to our initiators: quotes in, orders out, fills back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type AddressInfo } from 'node:net';
import {
  eventually,
  signIn,
  startPlatform,
  temporaryFolder,
  type Platform,
  type RestClient,
} from '../platform.ts';
import { buildPeer, QuickFix } from './quickfix.ts';

const utc = (): string => new Date().toISOString().replaceAll('-', '').replace('T', '-').replace('Z', '');

const quote = (requestId: string): string =>
  `35=W|262=${requestId}|55=EUR/USD|268=2|269=0|270=1.08500|271=1000000|269=1|270=1.08520|271=1000000`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * The platform finds its venues through the simulator's control port; this one names the QuickFIX acceptors
 * instead.
 */
async function controlNaming(providers: readonly object[]): Promise<{ readonly url: string; close(): void }> {
  const { createServer: createHttp } = await import('node:http');
  const server = createHttp((_request, response) => response.end(JSON.stringify({ providers }))).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

describe('QuickFIX provider', () => {
  const folder = temporaryFolder('quickfix-provider');
  let platform: Platform;
  let rest: RestClient;
  let quotes: QuickFix;
  let orders: QuickFix;
  let control: { readonly url: string; close(): void };

  beforeAll(async () => {
    const { program } = buildPeer(folder.path);
    const [quotesPort, ordersPort] = [await freePort(), await freePort()];
    const peer = (targetCompId: string, port: number, name: string) =>
      new QuickFix({
        program,
        role: 'acceptor',
        folder: `${folder.path}/${name}`,
        senderCompId: 'ALPHA',
        targetCompId,
        port,
      });
    const { mkdirSync } = await import('node:fs');
    for (const name of ['quotes', 'orders']) mkdirSync(`${folder.path}/${name}`);
    quotes = peer('TIDEGATE-MD', quotesPort, 'quotes');
    orders = peer('TIDEGATE-OE', ordersPort, 'orders');
    control = await controlNaming([{ venue: 'alpha', quotesPort, ordersPort }]);
    platform = await startPlatform(`${folder.path}/data`, { SIMULATOR: control.url });
    rest = await signIn(platform.ready.http);
    await Promise.all([quotes.logon(), orders.logon()]);
  }, 120_000);

  afterAll(async () => {
    await platform?.stop();
    await Promise.all([quotes?.stop(), orders?.stop()]);
    control?.close();
    folder.remove();
  });

  it('is asked for quotes, and its quotes become prices', async () => {
    const request = await quotes.message({ 35: 'V', 55: 'EUR/USD' });
    quotes.send(quote(request.get(262)!));
    const price = await eventually(async () => {
      const { body } = await rest.get('/api/v1/prices');
      return (body as { instrument: string; bids: string[][] }[]).find(
        ({ instrument, bids }) => instrument === 'EURUSD' && bids.length > 0,
      );
    }, 'a price of EURUSD');
    expect(price.bids[0]!.slice(0, 3)).toEqual(['1.08500', '1000000.00', 'alpha']);
  });

  it('gets an order and its fill comes back to the position', async () => {
    const request = await quotes.message({ 35: 'V', 55: 'EUR/USD' });
    const refresh = setInterval(() => quotes.send(quote(request.get(262)!)), 500);
    try {
      const submitted = rest.post('/api/v1/orders', {
        clOrdId: 'qf-1',
        instrument: 'EURUSD',
        side: 'buy',
        type: 'limit',
        quantity: '100000',
        price: '1.08520',
        timeInForce: 'ioc',
      });
      const order = await orders.message({ 35: 'D', 55: 'EUR/USD' });
      expect(order.get(44)).toBe('1.08520');
      expect((await submitted).status).toBe(201);
      const id = order.get(11)!;
      orders.send(
        `35=8|37=q1|11=${id}|17=x1|150=0|39=0|55=EUR/USD|54=1|38=100000|151=100000|14=0|6=0|60=${utc()}`,
      );
      orders.send(
        `35=8|37=q1|11=${id}|17=x2|150=F|39=2|55=EUR/USD|54=1|38=100000|32=100000|31=1.08519` +
          `|151=0|14=100000|6=1.08519|60=${utc()}`,
      );
      const position = await eventually(async () => {
        const { body } = await rest.get('/api/v1/positions');
        return (body as { instrument: string; quantity: string; averagePrice: string }[]).find(
          (row) => row.instrument === 'EURUSD',
        );
      }, 'a position in EURUSD');
      expect(position).toMatchObject({ quantity: '100000.00', averagePrice: '1.08519' });
    } finally {
      clearInterval(refresh);
    }
  });

  it('was sent no message that QuickFIX with our dictionary refuses', () => {
    const refused = [...quotes.lines, ...orders.lines].filter(
      (line) => line.startsWith('error') || /^admin .*\|35=3\|/.test(line),
    );
    expect(refused).toEqual([]);
  });
});

/**
 * A real QuickFIX C++ client trades through the whole platform: the client's side of both journeys, end to
 * end.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatform, temporaryFolder, type Platform } from '../platform.ts';
import { buildPeer, QuickFix } from './quickfix.ts';

const utc = (): string => new Date().toISOString().replaceAll('-', '').replace('T', '-').replace('Z', '');

describe('QuickFIX client', () => {
  const folder = temporaryFolder('quickfix-client');
  let platform: Platform;
  let client: QuickFix;

  beforeAll(async () => {
    const { program } = buildPeer(folder.path);
    platform = await startPlatform(`${folder.path}/data`);
    client = new QuickFix({
      program,
      role: 'initiator',
      folder: folder.path,
      senderCompId: 'DEMO1',
      targetCompId: 'TIDEGATE',
      port: platform.ready.fix.ports['port-02']!,
      username: 'DEMO1',
      password: 'demo-only',
    });
    await client.logon();
  }, 120_000);

  afterAll(async () => {
    await client?.stop();
    await platform?.stop();
    folder.remove();
  });

  const order = (id: string, fields: string): void =>
    client.send(`35=D|11=${id}|21=1|55=EUR/USD|54=1|60=${utc()}|${fields}`);

  it('subscribes to two instruments and gets snapshots, then increments', async () => {
    client.send('35=V|262=md1|263=1|264=5|265=1|267=2|269=0|269=1|146=2|55=EUR/USD|55=USD/JPY');
    for (const symbol of ['EUR/USD', 'USD/JPY']) {
      const image = await client.message({ 35: 'W', 262: 'md1', 55: symbol });
      expect(image.all(269).length).toBeGreaterThan(0);
      const increment = await client.until(
        (line) =>
          line.startsWith('app ') && line.includes('|35=X|') && line.includes(`|55=${symbol}|`)
            ? line
            : undefined,
        `X for ${symbol}`,
      );
      expect(increment).toContain('|262=md1|');
    }
    client.send('35=V|262=md1|263=2|264=5|265=1|267=2|269=0|269=1|146=1|55=EUR/USD');
  });

  it('is refused an unknown symbol with Y', async () => {
    client.send('35=V|262=md2|263=1|264=1|265=1|267=1|269=0|146=1|55=XXX/YYY');
    expect((await client.message({ 35: 'Y', 262: 'md2' })).get(281)).toBe('0');
  });

  it('lists the instruments', async () => {
    client.send('35=x|320=list1|559=4');
    expect((await client.message({ 35: 'y', 320: 'list1' })).all(55)).toContain('XAU/USD');
  });

  it('gets New and Fill for a market order', async () => {
    order('mkt-1', '38=100000|40=1|59=3');
    const accepted = await client.message({ 35: '8', 11: 'mkt-1', 150: '0' });
    expect(accepted.get(39)).toBe('0');
    const done = await client.message({ 35: '8', 11: 'mkt-1', 150: 'F', 39: '2' });
    expect(Number(done.get(14))).toBe(100_000);
    expect(Number(done.get(6))).toBeGreaterThan(0);
  });

  it('gets New and Fill for a limit IOC through the market', async () => {
    client.send('35=V|262=md3|263=0|264=1|267=1|269=1|146=1|55=EUR/USD');
    const ask = Number((await client.message({ 35: 'W', 262: 'md3' })).get(270));
    order('ioc-1', `38=50000|40=2|44=${(ask + 0.002).toFixed(5)}|59=3`);
    await client.message({ 35: '8', 11: 'ioc-1', 150: '0' });
    const fill = await client.message({ 35: '8', 11: 'ioc-1', 150: 'F', 39: '2' });
    expect(Number(fill.get(31))).toBeLessThanOrEqual(ask + 0.002);
  });

  it('cancels a resting order and is refused a second cancel', async () => {
    client.send('35=V|262=md4|263=0|264=1|267=1|269=0|146=1|55=EUR/USD');
    const bid = Number((await client.message({ 35: 'W', 262: 'md4' })).get(270));
    order('rest-1', `38=100000|40=2|44=${(bid - 0.015).toFixed(5)}|59=1`);
    await client.message({ 35: '8', 11: 'rest-1', 150: '0' });
    const cancel = (id: string) =>
      client.send(`35=F|11=${id}|41=rest-1|55=EUR/USD|54=1|60=${utc()}|38=100000`);
    cancel('rest-1-c');
    const canceled = await client.message({ 35: '8', 150: '4', 11: 'rest-1-c' });
    expect(canceled.get(41)).toBe('rest-1');
    expect(canceled.get(151)).toMatch(/^0(\.0+)?$/);
    cancel('rest-1-d');
    expect((await client.message({ 35: '9', 11: 'rest-1-d' })).get(102)).toBe('0');
  });

  it('replaces a resting order and asks its status', async () => {
    client.send('35=V|262=md5|263=0|264=1|267=1|269=0|146=1|55=EUR/USD');
    const bid = Number((await client.message({ 35: 'W', 262: 'md5' })).get(270));
    order('rep-1', `38=100000|40=2|44=${(bid - 0.015).toFixed(5)}|59=1`);
    await client.message({ 35: '8', 11: 'rep-1', 150: '0' });
    client.send(
      `35=G|11=rep-2|41=rep-1|21=1|55=EUR/USD|54=1|60=${utc()}|38=200000|40=2|59=1` +
        `|44=${(bid - 0.016).toFixed(5)}`,
    );
    expect(Number((await client.message({ 35: '8', 150: '5', 11: 'rep-2' })).get(38))).toBe(200_000);
    client.send('35=H|11=rep-2|55=EUR/USD|54=1');
    expect((await client.message({ 35: '8', 150: 'I', 11: 'rep-2' })).get(39)).toBe('0');
    client.send('35=H|11=nobody|55=EUR/USD|54=1');
    expect((await client.message({ 35: '8', 150: 'I', 11: 'nobody' })).get(39)).toBe('8');
  });

  it('is refused a duplicate ClOrdID, an unknown symbol, too many decimals, each with a code', async () => {
    order('mkt-1', '38=100000|40=1|59=3');
    const duplicate = await client.message({ 35: '8', 11: 'mkt-1', 150: '8' });
    expect(duplicate.get(58)).toContain('DUPLICATE_CLORDID');
    client.send(`35=D|11=bad-1|21=1|55=AAA/BBB|54=1|60=${utc()}|38=1|40=1`);
    expect((await client.message({ 35: '8', 11: 'bad-1', 150: '8' })).get(58)).toContain(
      'UNKNOWN_INSTRUMENT',
    );
    order('bad-2', '38=100000|40=2|44=1.0000001|59=3');
    expect((await client.message({ 35: '8', 11: 'bad-2', 150: '8' })).get(58)).toContain('PRICE_SCALE');
  });

  it('is resent what it missed while it was away', async () => {
    const before = client.mark;
    order('away-1', '38=100000|40=1|59=3');
    client.command('disconnect');
    await client.logon(before);
    const fill = await client.message({ 35: '8', 11: 'away-1', 150: 'F', 39: '2' }, before);
    expect(Number(fill.get(14))).toBe(100_000);
    const fills = client.lines.filter((line) => line.includes('|11=away-1|') && line.includes('|150=F|'));
    const execIds = fills.map((line) => /\|17=([^|]+)\|/.exec(line)![1]);
    expect(new Set(execIds).size).toBe(execIds.length);
  });

  it('was sent no message that QuickFIX with our dictionary refuses', () => {
    expect(client.lines.filter((line) => line.startsWith('error') || /^admin .*\|35=3\|/.test(line))).toEqual(
      [],
    );
  });

  it('logs out', async () => {
    const before = client.mark;
    client.command('logout');
    await client.logout(before);
  });
});

/** The PROXY protocol, version 2: its bytes, and what an acceptor does with them. */
import fc from 'fast-check';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../acceptance/certificate.ts';
import { until, type Peer } from '../../acceptance/peer.ts';
import { closeAll, peerOf, portWith, SILENT, type Port } from '../../acceptance/ports.ts';
import type { AcceptorOptions } from './contract.ts';
import { parseProxyHeader, ProxyProtocolError, variableBytes, type ProxyHeader } from './proxy.protocol.ts';

afterEach(closeAll);

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const TCP4 = [203, 0, 113, 9, 10, 0, 0, 1, 0x12, 0x34, 0x1b, 0x5a];
const LOOPBACK = ['127.0.0.0/8'];

function header(versionAndCommand: number, family: number, variable: readonly number[]): Buffer {
  const length = [variable.length >> 8, variable.length & 0xff];
  return Buffer.from([...SIGNATURE, versionAndCommand, family, ...length, ...variable]);
}

function parse(bytes: Buffer): ProxyHeader {
  expect(variableBytes(bytes.subarray(0, 16))).toBe(bytes.length - 16);
  return parseProxyHeader(bytes.subarray(0, 16), bytes.subarray(16));
}

describe('PROXY header', () => {
  it('tells an IPv4 client, and TLVs behind it are skipped', () => {
    const client = { isRelayed: true, isLocal: false, remoteAddress: '203.0.113.9', remotePort: 0x1234 };
    expect(parse(header(0x21, 0x11, TCP4))).toEqual(client);
    expect(parse(header(0x21, 0x11, [...TCP4, 0x02, 0, 3, 65, 66, 67]))).toEqual(client);
  });

  it('tells an IPv6 client', () => {
    const addressOf = (text: string): string => {
      const groups = text
        .split(':')
        .flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
      return parse(header(0x21, 0x21, [...groups, ...groups, 0, 1, 0, 2])).remoteAddress;
    };
    expect(addressOf('2001:db8:0:0:1:0:0:7')).toBe('2001:db8::1:0:0:7');
    expect(addressOf('0:0:0:0:0:0:0:1')).toBe('::1');
    expect(addressOf('1:2:3:4:5:6:7:8')).toBe('1:2:3:4:5:6:7:8');
    expect(addressOf('fe80:0:0:0:0:0:0:0')).toBe('fe80::');
    expect(addressOf('0:0:0:0:0:ffff:cb00:7109')).toBe('203.0.113.9');
  });

  it('may speak of no address: LOCAL, unspecified, UNIX sockets', () => {
    const none = { isRelayed: false, remoteAddress: '', remotePort: 0 };
    expect(parse(header(0x20, 0x00, []))).toEqual({ ...none, isLocal: true });
    expect(parse(header(0x20, 0x11, TCP4))).toEqual({ ...none, isLocal: true });
    expect(parse(header(0x21, 0x00, [1, 2, 3]))).toEqual({ ...none, isLocal: false });
    expect(parse(header(0x21, 0x31, new Array<number>(216).fill(0)))).toEqual({ ...none, isLocal: false });
  });

  it('is refused when it is none, or none we know', () => {
    const wrong: readonly (readonly [Buffer, string])[] = [
      [Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 4660 7002\r\n'), 'version 1 is not spoken'],
      [Buffer.from('8=FIX.4.4\x019=100\x0135=A'), 'no header'],
      [header(0x11, 0x11, TCP4), 'unknown version 1'],
      [header(0x22, 0x11, TCP4), 'unknown command 2'],
      [header(0x21, 0x41, TCP4), 'unknown address family'],
      [header(0x21, 0x12, TCP4), 'not a TCP connection'],
      [header(0x21, 0x11, TCP4.slice(1)), 'addresses are cut short'],
      [header(0x21, 0x21, TCP4), 'addresses are cut short'],
      [Buffer.from([...header(0x21, 0x11, []).subarray(0, 14), 0x10, 0x01]), 'header of 4097 bytes'],
    ];
    for (const [bytes, text] of wrong) expect(() => parse(bytes), text).toThrow(text);
  });

  it('never throws anything but its own error, and never reads beyond its bytes', () => {
    const anything = fc.tuple(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ maxLength: 64 }),
    );
    fc.assert(
      fc.property(anything, ([head, variable]) => {
        const fixed = Uint8Array.from([...SIGNATURE, ...head]);
        try {
          const found = parseProxyHeader(fixed, variable);
          expect(found.remoteAddress).not.toMatch(/NaN|undefined/);
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyProtocolError);
        }
      }),
    );
  });
});

describe('acceptor behind a proxy', () => {
  const behind = (options: Partial<AcceptorOptions> = {}): Promise<Port> =>
    portWith(SILENT, { proxyProtocol: { from: LOOPBACK }, ...options });

  async function through(port: Port, bytes: Buffer): Promise<Peer> {
    const peer = await peerOf(port.acceptor.port);
    peer.socket.write(bytes);
    return peer;
  }

  it('knows the client by the address the proxy tells, in any pieces', async () => {
    const port = await behind();
    const peer = await through(port, Buffer.alloc(0));
    const bytes = Buffer.concat([
      header(0x21, 0x11, [...TCP4, 4, 0, 1, 0]),
      peer.frame('35=A 34=1 98=0 108=30'),
    ]);
    for (const byte of bytes) {
      peer.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(await peer.next()).toContain('35=A|');
    expect(port.requests[0]).toMatchObject({ remoteAddress: '203.0.113.9', remotePort: 0x1234 });
    expect(port.requests[0]?.localPort).toBe(port.acceptor.port);
  });

  it('holds the allow-list against the client, not the proxy', async () => {
    const port = await behind({ allowedRemoteAddresses: ['203.0.113.0/24'] });
    const peer = await through(port, header(0x21, 0x11, TCP4));
    peer.logon();
    expect(await peer.next()).toContain('35=A|');
    const other = await through(port, header(0x21, 0x11, [198, 51, 100, 1, ...TCP4.slice(4)]));
    await other.closed;
    expect(port.refused).toEqual(['address is not allowed']);
  });

  it('lets a health check come and go, and takes its own address for that of a client', async () => {
    const port = await behind();
    const check = await through(port, header(0x20, 0, []));
    check.socket.end();
    await check.closed;
    const peer = await through(port, header(0x20, 0, []));
    peer.logon();
    expect(await peer.next()).toContain('35=A|');
    expect(port.requests[0]?.remoteAddress).toBe('127.0.0.1');
    expect(port.refused).toEqual([]);
  });

  it('cuts strangers, what is no header, and a header that does not come', async () => {
    const stranger = await portWith(SILENT, { proxyProtocol: { from: ['10.0.0.0/8'] } });
    await (
      await through(stranger, header(0x21, 0x11, TCP4))
    ).closed;
    expect(stranger.refused).toEqual(['not a trusted proxy']);
    const port = await behind({ proxyProtocol: { from: LOOPBACK, timeoutMs: 50 } });
    await (
      await through(port, Buffer.from('8=FIX.4.4\x019=60\x0135=A\x01'))
    ).closed;
    await (
      await through(port, Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n'))
    ).closed;
    await (
      await through(port, header(0x21, 0x11, TCP4).subarray(0, 20))
    ).closed;
    const half = await through(port, header(0x21, 0x11, TCP4).subarray(0, 20));
    half.socket.end();
    await half.closed;
    await until(() => port.refused.length === 4);
    expect(port.refused).toEqual([
      'PROXY protocol: no header',
      'PROXY protocol: version 1 is not spoken',
      'PROXY protocol: no header in time',
      'PROXY protocol: closed within the header',
    ]);
  });

  it('speaks TLS behind the header', async () => {
    const server = selfSigned('fix.test');
    const port = await behind({ tls: server });
    const peer = await through(port, header(0x21, 0x11, TCP4));
    peer.socket.removeAllListeners('data');
    const secure = connectTls({ socket: peer.socket, ca: server.cert, servername: 'fix.test' });
    const answer = new Promise<string>((resolve) => {
      secure.once('data', (bytes) => resolve(String(bytes)));
    });
    secure.write(peer.frame('35=A 34=1 98=0 108=30'));
    expect(await answer).toContain('35=A\x01');
    expect(port.requests[0]).toMatchObject({ remoteAddress: '203.0.113.9', tls: { serverName: 'fix.test' } });
    secure.destroy();
  });
});

/**
 * A listening port up to a stream of FIX bytes: who may connect, PROXY header, TLS handshake. What comes out
 * is a socket and who is behind it; what does not come so far is counted and cut.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { addressList, plainAddress, type AddressList } from './addresses.ts';
import { Admission } from './admission.ts';
import type { AcceptorOptions } from './contract.ts';
import { ProxyProtocolError, readProxyHeader } from './proxy.protocol.ts';
import { clientFault, pinFault, tlsPeer, tlsServer, type AcceptorTls, type TlsPeer } from './tls.ts';

export interface Incoming {
  readonly socket: Socket;
  /** The client's; behind a proxy that which the proxy tells. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  /** The proxy itself is speaking. */
  readonly isLocal: boolean;
  readonly tls: TlsPeer | undefined;
}

export interface ListenerEvents {
  /** `Listener.left` must follow when it is bound, refused or gone. */
  arrived(incoming: Incoming): void;
  refused(reason: string, remoteAddress: string): void;
}

export class Listener {
  readonly admission: Admission;
  readonly #options: AcceptorOptions;
  readonly #events: ListenerEvents;
  #allowed: AddressList | undefined;
  readonly #proxies: AddressList | undefined;
  readonly #handshakeTimeoutMs: number;
  /** Connections in the TLS handshake, by the address and port they physically come from. */
  readonly #handshakes = new Map<string, Incoming>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  /** Of a handshake that failed, until its connection's 'close'. */
  #handshakeError: string | undefined;
  #tls: TlsServer | undefined;
  #terms: AcceptorTls | undefined;

  /** Throws when an address, a certificate or a key is no good. */
  constructor(
    options: AcceptorOptions,
    limits: { readonly maxConnections: number; readonly handshakeTimeoutMs: number },
    events: ListenerEvents,
  ) {
    this.#options = options;
    this.#events = events;
    this.#handshakeTimeoutMs = limits.handshakeTimeoutMs;
    const { allowedRemoteAddresses: allowed, proxyProtocol } = options;
    this.#allowed = allowed === undefined ? undefined : addressList(allowed);
    this.#proxies = proxyProtocol === undefined ? undefined : addressList(proxyProtocol.from);
    this.admission = new Admission(options.limits ?? {}, limits.maxConnections);
    if (options.tls !== undefined) this.reloadTls(options.tls);
    this.#server = createServer((socket) => this.#connected(socket));
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('drop', (dropped) =>
      events.refused('too many connections', plainAddress(dropped?.remoteAddress ?? '')),
    );
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  allow(addresses: readonly string[]): void {
    this.#allowed = addressList(addresses);
  }

  /** For connections from now on; handshakes under way and open connections keep what they have. */
  reloadTls(options: AcceptorTls): void {
    const server = tlsServer(options, this.#handshakeTimeoutMs);
    server.on('secureConnection', (socket) => this.#secured(socket));
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      const incoming = this.#handshakes.get(keyOf(socket));
      this.#handshakes.delete(keyOf(socket));
      // A socket that is gone no longer knows its address: its 'close' comes next and takes the text.
      if (incoming === undefined) this.#handshakeError = error.message;
      else this.#refuse(`TLS: ${error.message}`, incoming);
      socket.destroy();
    });
    this.#terms = options;
    this.#tls = server;
  }

  /** Stops listening and cuts what has not arrived yet; resolves when all connections are gone. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  #connected(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    const incoming: Incoming = {
      socket,
      remoteAddress: address,
      remotePort: socket.remotePort ?? 0,
      localPort: socket.localPort ?? this.port,
      isLocal: false,
      tls: undefined,
    };
    const { proxyProtocol } = this.#options;
    if (this.#proxies === undefined || proxyProtocol === undefined) return this.#admit(incoming);
    if (!this.#proxies.has(address)) return this.#cut('not a trusted proxy', incoming);
    this.#hold(socket);
    readProxyHeader(socket, proxyProtocol, (header) => {
      this.#sockets.delete(socket);
      if (header instanceof ProxyProtocolError)
        return this.#cut(`PROXY protocol: ${header.message}`, incoming);
      const { isLocal, isRelayed, remoteAddress, remotePort } = header;
      this.#admit(isRelayed ? { ...incoming, remoteAddress, remotePort } : { ...incoming, isLocal });
    });
  }

  /** Until it has arrived we listen to its errors, and end it when the port closes. */
  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #admit(incoming: Incoming): void {
    const { socket, remoteAddress } = incoming;
    if (socket.destroyed) return;
    if (this.#allowed !== undefined && !this.#allowed.has(remoteAddress))
      return this.#cut('address is not allowed', incoming);
    const reason = this.admission.enter(remoteAddress, performance.now());
    if (reason !== undefined) return this.#cut(reason, incoming);
    if (this.#tls === undefined) return this.#events.arrived(incoming);
    const key = keyOf(socket);
    this.#hold(socket);
    this.#handshakes.set(key, incoming);
    socket.once('close', () => setImmediate(() => this.#handshakeClosed(key, incoming)));
    this.#tls.emit('connection', socket);
  }

  #handshakeClosed(key: string, incoming: Incoming): void {
    if (this.#handshakes.get(key) !== incoming) return;
    this.#handshakes.delete(key);
    this.#refuse(`TLS: ${this.#handshakeError ?? 'closed within the handshake'}`, incoming);
    this.#handshakeError = undefined;
  }

  #secured(socket: TLSSocket): void {
    const key = keyOf(socket);
    const incoming = this.#handshakes.get(key);
    this.#handshakes.delete(key);
    if (incoming === undefined) return void socket.destroy();
    this.#sockets.delete(incoming.socket);
    const terms = this.#terms ?? {};
    const fault = clientFault(socket, terms) ?? pinFault(socket, terms.pinnedFingerprints);
    if (fault === undefined) return this.#events.arrived({ ...incoming, socket, tls: tlsPeer(socket) });
    socket.destroy();
    this.#refuse(fault, incoming);
  }

  /** After it was let in. */
  #refuse(reason: string, incoming: Incoming): void {
    this.admission.left(incoming.remoteAddress);
    this.#events.refused(reason, incoming.remoteAddress);
  }

  #cut(reason: string, incoming: Incoming): void {
    incoming.socket.destroy();
    this.#events.refused(reason, incoming.remoteAddress);
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}

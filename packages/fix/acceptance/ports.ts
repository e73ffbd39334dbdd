/**
 * For tests of the transport: acceptors on ports of the system, plain peers, and their end after each test.
 */
import { Peer, type PeerIds } from './peer.ts';
import type { Application } from '../src/session/application.ts';
import { MemoryStore } from '../src/session/store.memory.ts';
import { Acceptor } from '../src/transport/acceptor.ts';
import type { AcceptorOptions, LogonRequest, SessionSettings } from '../src/transport/contract.ts';

export const IDS: PeerIds = { sender: 'CLIENT', target: 'TIDEGATE' };
export const SESSION_ID = 'FIX.4.4:TIDEGATE->CLIENT';
export const ORDER = '55=EUR/USD 54=1 60=20260310-12:00:00.000 38=100 40=1';
export const SILENT: Application = { onMessage: () => undefined };

const open: (() => Promise<unknown>)[] = [];

/** To be done after the test, the last first. */
export function afterwards(close: () => Promise<unknown>): void {
  open.push(close);
}

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

export interface Port {
  readonly acceptor: Acceptor;
  readonly refused: string[];
  readonly requests: LogonRequest[];
}

/** Lets in whoever comes, as the session it says it is. */
export async function portWith(
  application: Application,
  options: Partial<AcceptorOptions> = {},
  settings: Partial<SessionSettings> = {},
): Promise<Port> {
  const [refused, requests]: [string[], LogonRequest[]] = [[], []];
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: (request) => {
      requests.push(request);
      return {
        accept: true,
        store: new MemoryStore(),
        application,
        settings: {
          beginString: request.beginString as SessionSettings['beginString'],
          senderCompId: request.targetCompId,
          targetCompId: request.senderCompId,
          ...settings,
        },
      };
    },
    onRefused: ({ reason }) => refused.push(reason),
    ...options,
  });
  await acceptor.listen();
  afterwards(() => acceptor.close());
  return { acceptor, refused, requests };
}

export async function peerOf(port: number, ids: PeerIds = IDS): Promise<Peer> {
  const peer = await Peer.connect(port, ids);
  afterwards(async () => {
    peer.socket.destroy();
    await peer.closed;
  });
  return peer;
}

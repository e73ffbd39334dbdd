/** The bus contract over both implementations; the NATS one against a real server. */
import { afterAll, beforeAll } from 'vitest';
import { busContract } from './bus.contract.ts';
import { MemoryBus } from './bus.memory.ts';
import { NatsBus } from './bus.nats.ts';
import { startNats, type TestServer } from '../testing/servers.ts';
import { turn } from '../testing/until.ts';

busContract('memory', async () => {
  const bus = new MemoryBus({ freeze: true, closeLimitMs: 100 });
  return { bus, peer: bus, settle: turn, stop: () => bus.close() };
});

let server: TestServer;
let contracts = 0;
beforeAll(async () => {
  server = await startNats();
});
afterAll(() => server.stop());

busContract('NATS', async () => {
  contracts += 1;
  const options = { url: server.url, namespace: `contract${contracts}`, closeLimitMs: 100 };
  const bus = await NatsBus.connect({ ...options, name: 'bus' });
  const peer = await NatsBus.connect({ ...options, name: 'peer' });
  return {
    bus,
    peer,
    settle: async () => {
      // The publisher's round trip first: then the subscriber's answer stands behind the messages.
      for (const party of [peer, bus, peer]) if (party.isConnected) await party.flush();
      await turn();
    },
    stop: async () => {
      await bus.close();
      await peer.close();
    },
  };
});

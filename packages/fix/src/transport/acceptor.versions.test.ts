/** One port, every version: the first frame's BeginString says how the connection is read. */
import { afterEach, describe, expect, it } from 'vitest';
import { until, type Peer } from '../../acceptance/peer.ts';
import { afterwards, closeAll, ORDER, peerOf, portWith, SILENT } from '../../acceptance/ports.ts';
import { Dictionary } from '../dictionary/dictionary.ts';
import { loadDictionary } from '../dictionary/load.ts';
import type { Version } from '../dictionary/versions.ts';
import type { Application } from '../session/application.ts';
import { MemoryStore } from '../session/store.memory.ts';
import { Acceptor } from './acceptor.ts';
import { standardDictionary, type SessionSettings } from './contract.ts';
import { Initiator } from './initiator.ts';

afterEach(closeAll);

describe('versions', () => {
  const got: string[] = [];
  const application: Application = {
    onMessage: (message) => {
      got.push(`${message.text(8)} ${message.msgType} ${message.text(11)}`);
    },
  };
  const BEGIN_STRINGS = ['FIX.4.0', 'FIX.4.1', 'FIX.4.2', 'FIX.4.3', 'FIX.4.4'] as const;

  it('4.0 to 4.4 log on to one port, and each is validated by its own dictionary', async () => {
    got.length = 0;
    const { acceptor, requests } = await portWith(application, {}, { checkLatency: false });
    for (const beginString of BEGIN_STRINGS) {
      const peer = await peerOf(acceptor.port);
      const head = `8=${beginString} 52=20260310-12:00:00`;
      peer.send(`${head} 35=A 34=1 50=DESK 57=FX 98=0 108=30`);
      expect(await peer.next()).toMatch(new RegExp(`^8=${beginString}\\|.*\\|35=A\\|`));
      // HandlInst is required up to 4.3, TransactTime from 4.2 on.
      const order = beginString < 'FIX.4.2' ? '55=EUR/USD 54=1 38=100 40=1' : ORDER;
      const fields = beginString < 'FIX.4.4' ? `21=1 ${order}` : order;
      peer.send(`${head} 35=D 34=2 11=${beginString} ${fields}`);
      await until(() => got.at(-1) === `${beginString} D ${beginString}`);
      // Parties came with 4.3.
      peer.send(`${head} 35=D 34=3 11=X ${fields} 453=1 448=P 447=D 452=1`);
      if (beginString >= 'FIX.4.3') await until(() => got.at(-1) === `${beginString} D X`);
      else expect(await peer.next()).toMatch(new RegExp(`^8=${beginString}\\|.*\\|35=3\\|`));
    }
    expect(requests[0]).toMatchObject({ senderSubId: 'DESK', targetSubId: 'FX', defaultVersion: undefined });
  });

  async function logOn(peer: Peer, applVerId: string): Promise<string | undefined> {
    peer.send(`8=FIXT.1.1 35=A 34=1 98=0 108=30 1137=${applVerId}`);
    return peer.next();
  }

  it('FIXT.1.1 speaks the version that the Logon says', async () => {
    got.length = 0;
    const { acceptor, requests } = await portWith(application);
    const versions: readonly (readonly [string, Version])[] = [
      ['7', 'FIX.5.0'],
      ['8', 'FIX.5.0SP1'],
      ['9', 'FIX.5.0SP2'],
      ['6', 'FIX.4.4'],
    ];
    for (const [applVerId, version] of versions) {
      const peer = await peerOf(acceptor.port, { sender: `C${applVerId}`, target: 'TIDEGATE' });
      expect(await logOn(peer, applVerId)).toMatch(new RegExp(`35=A\\|.*1137=${applVerId}\\|`));
      expect(requests.at(-1)?.defaultVersion).toBe(version);
      peer.send(`8=FIXT.1.1 35=D 34=2 11=${version} ${ORDER}`);
      await until(() => got.at(-1) === `FIXT.1.1 D ${version}`);
      // ApplID came with 5.0SP1: an unknown tag before, one of other messages from then on.
      peer.send(`8=FIXT.1.1 35=D 34=3 11=X ${ORDER} 1180=APP`);
      const isKnown = loadDictionary(version, 'FIXT.1.1').fieldName(1180) !== undefined;
      expect(await peer.next()).toMatch(isKnown ? /35=3\|.*373=2\|/ : /35=3\|.*373=0\|/);
    }
  });

  it('that are not spoken are closed without a word', async () => {
    const { acceptor, refused, requests } = await portWith(SILENT, {
      dictionaryFor: (beginString, version) =>
        beginString === 'FIX.4.2' ? standardDictionary(beginString, version) : undefined,
    });
    for (const beginString of ['FIX.4.4', 'FIX.9.9', 'FIXT.1.1']) {
      const peer = await peerOf(acceptor.port);
      peer.send(`8=${beginString} 35=A 34=1 98=0 108=30`);
      expect(await peer.next()).toBeUndefined();
    }
    expect(refused).toEqual(new Array(3).fill('BeginString is not spoken here'));
    expect(requests).toEqual([]);
    const peer = await peerOf(acceptor.port);
    peer.send('8=FIX.4.2 35=A 34=1 98=0 108=30');
    expect(await peer.next()).toMatch(/^8=FIX.4.2\|.*35=A\|/);
  });

  it('is refused at once when a dictionary contradicts itself', () => {
    const { table } = loadDictionary('FIX.4.4');
    const messages = [...table.messages, 'U1 Broken app @Nowhere'];
    const dictionary = new Dictionary({ ...table, messages });
    const authenticate = () => ({ accept: false, text: '' }) as const;
    const open = () => new Acceptor({ host: '127.0.0.1', port: 0, authenticate, dictionary });
    expect(open).toThrow('component Nowhere is used and not defined');
  });

  it('costs no more than its connection when such a dictionary is chosen late', async () => {
    const { table } = loadDictionary('FIX.4.4');
    const broken = new Dictionary({ ...table, messages: [...table.messages, 'U1 Broken app @Nowhere'] });
    const { acceptor } = await portWith(SILENT, { dictionaryFor: () => broken });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toContain('35=A|');
    peer.send('35=U1 34=2');
    expect(await peer.next()).toBeUndefined();
    const again = await peerOf(acceptor.port);
    again.logon(2);
    expect(await again.next()).toContain('35=A|');
  });

  it('may be changed for one session by a dictionary of its own', async () => {
    got.length = 0;
    const settings = (sender: string): SessionSettings => ({
      beginString: 'FIX.4.4',
      senderCompId: 'TIDEGATE',
      targetCompId: sender,
    });
    const table = loadDictionary('FIX.4.4').table;
    const dialect = new Dictionary({
      ...table,
      fields: [...table.fields, '9001 VenueDesk STRING'],
      messages: table.messages.map((line) => (line.startsWith('D ') ? `${line} 9001` : line)),
    });
    const { acceptor } = await portWith(application, {
      authenticate: ({ senderCompId }) => ({
        accept: true,
        store: new MemoryStore(),
        application,
        settings: settings(senderCompId),
        ...(senderCompId === 'VENUE' ? { dictionary: dialect } : undefined),
      }),
    });
    const [plain, venue] = [
      await peerOf(acceptor.port),
      await peerOf(acceptor.port, { sender: 'VENUE', target: 'TIDEGATE' }),
    ];
    for (const peer of [plain, venue]) {
      peer.logon();
      expect(await peer.next()).toContain('35=A|');
      peer.send(`35=D 34=2 11=C ${ORDER} 9001=FX`);
    }
    expect(await plain.next()).toMatch(/35=3\|.*371=9001\|/);
    await until(() => got.length === 1);
  });

  it('of an initiator on FIXT.1.1 and its acceptor agree', async () => {
    got.length = 0;
    const { acceptor } = await portWith(application);
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port: acceptor.port }],
      settings: {
        beginString: 'FIXT.1.1',
        senderCompId: 'CLIENT',
        targetCompId: 'TIDEGATE',
        defaultVersion: 'FIX.5.0SP2',
      },
      store: new MemoryStore(),
      application: SILENT,
    });
    afterwards(() => initiator.stop());
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    initiator.session.send('D', (fields) =>
      fields
        .text(11, 'SP2')
        .text(55, 'EUR/USD')
        .char(54, '1')
        .utcMillis(60, 1_773_144_000_000)
        .int(38, 1)
        .char(40, '1'),
    );
    await until(() => got.length === 1);
    expect(got).toEqual(['FIXT.1.1 D SP2']);
  });
});

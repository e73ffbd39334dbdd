/**
 * What no session store may keep: the bodies of messages that are never resent, with the passwords in them.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { Acceptor } from '../transport/acceptor.ts';
import { Initiator } from '../transport/initiator.ts';
import { plain, record } from './store.contract.ts';
import { FileStore } from './store.file.ts';
import { MemoryStore } from './store.memory.ts';
import type { OutboundRecord, SessionStore } from './store.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/tidegate-store-`);
});
afterEach(() => rmSync(directory, { recursive: true }));

const password = 'correct horse battery';
const [venue, client] = [
  { beginString: 'FIX.4.4', senderCompId: 'VENUE', targetCompId: 'CLIENT' },
  { beginString: 'FIX.4.4', senderCompId: 'CLIENT', targetCompId: 'VENUE' },
] as const;
const application = { onMessage: () => undefined };

/** A session that logs on with a password, sends a message and leaves. */
async function session(store: SessionStore): Promise<void> {
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: () => ({ accept: true, settings: venue, store: new MemoryStore(), application }),
  });
  await acceptor.listen();
  const initiator = new Initiator({
    hosts: [{ host: '127.0.0.1', port: acceptor.port }],
    settings: client,
    store,
    application,
    logonFields: (fields) => void fields.text(553, 'user').text(554, password),
  });
  await initiator.start();
  await until(() => initiator.session.isLoggedOn);
  initiator.session.send('B', (fields) => fields.text(148, 'headline').int(33, 1).text(58, 'news'));
  await initiator.stop();
  await acceptor.close();
}

function logon(seqNum: number): OutboundRecord {
  const frame = Buffer.from(`8=FIX.4.4\x019=40\x0135=A\x0134=${seqNum}\x01554=${password}\x0110=000\x01`);
  return record(seqNum, { msgType: 'A', frame });
}

function bytesOf(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true }).map((name) => `${folder}/${String(name)}`);
  return Buffer.concat(files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)));
}

describe('session stores', () => {
  it('keep a Logon as number and type, and what can be resent as it was', async () => {
    const stores = [new MemoryStore(), new FileStore({ directory, name: 's' })];
    for (const store of stores) {
      await session(store);
      await store.open();
      const records = store.read(1, 99);
      expect(records.map(({ msgType, frame }) => [msgType, frame.length > 0])).toEqual([
        ['A', false],
        ['B', true],
        ['5', false],
      ]);
      await store.close();
    }
    expect(bytesOf(directory).includes('headline')).toBe(true);
    expect(bytesOf(directory).includes(password)).toBe(false);
  });
});

describe('a log of an earlier release', () => {
  const options = { segmentBytes: 1_500 };
  const kept = record(3, { deadlineMs: 7, source: { partition: 'firm', sequence: 5 } });

  async function earlier(): Promise<void> {
    const store = new FileStore({ directory, name: 's', ...options });
    await store.open();
    await store.reset(1_000);
    await store.append([logon(1), record(2)], { nextInbound: 4 });
    for (let seqNum = 3; seqNum < 60; seqNum += 3) {
      await store.append([{ ...kept, seqNum }]);
      await store.append([logon(seqNum + 1), logon(seqNum + 2)]);
    }
    await store.close();
  }

  it('loses the frames of Logons when it is opened, and nothing else', async () => {
    await earlier();
    expect(bytesOf(directory).includes(password)).toBe(true);
    const store = new FileStore({ directory, name: 's', ...options });
    const { cursors, ...numbers } = await store.open();
    expect(numbers).toEqual({ nextOutbound: 60, nextInbound: 4, createdAtMs: 1_000, answered: [] });
    expect([...cursors]).toEqual([['firm', 5]]);
    expect(bytesOf(directory).includes(password)).toBe(false);
    const records = store.read(1, 99);
    expect(records).toHaveLength(59);
    expect(plain(records.slice(1, 3))).toEqual(plain([record(2), kept]));
    expect(plain(records.slice(3, 4))).toEqual(plain([{ ...logon(4), frame: new Uint8Array(0) }]));
    await store.close();
    const files = bytesOf(directory);
    await store.open();
    await store.close();
    expect(bytesOf(directory).equals(files)).toBe(true);
  });

  it('is repaired as ever when its end is torn', async () => {
    await earlier();
    const last = `${directory}/s/${readdirSync(`${directory}/s`)
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1)}`;
    writeFileSync(last, readFileSync(last).subarray(0, -3));
    const store = new FileStore({ directory, name: 's', ...options });
    expect(await store.open()).toMatchObject({ nextOutbound: 58 });
    expect(bytesOf(directory).includes(password)).toBe(false);
    await store.close();
  });
});

/**
 * What the engine writes by itself, of every kind and on every version, held against its own dictionary as
 * strictly as it holds others against it.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { peerOf, portWith, closeAll, ORDER } from '../../acceptance/ports.ts';
import { decodeFrame } from '../codec/decoder.ts';
import { Validator } from '../codec/validator.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { applVerIdOf, beginStringOf, VERSIONS, type Version } from '../dictionary/versions.ts';
import type { Application } from '../session/application.ts';

afterEach(closeAll);

const application: Application = { onMessage: () => undefined };

/** Everything one session writes, in the order in which it is provoked. */
async function written(version: Version): Promise<readonly string[]> {
  const terms = { checkLatency: false, messagesPerSecondMax: 1, enableLastMsgSeqNumProcessed: true };
  const { acceptor } = await portWith(application, {}, terms);
  const peer = await peerOf(acceptor.port);
  const beginString = beginStringOf(version);
  const isOnTransport = beginString === 'FIXT.1.1';
  const frames: string[] = [];
  const read = async (type: string): Promise<void> => {
    for (;;) {
      const frame = await peer.next();
      expect(frame, `${version}: no ${type}`).toBeDefined();
      frames.push(frame!);
      if (frame!.includes(`|35=${type}|`)) return;
    }
  };
  const send = (text: string): void => peer.send(`8=${beginString} ${text}`);
  send(`35=A 34=1 98=0 108=30${isOnTransport ? ` 1137=${applVerIdOf(version)}` : ''}`);
  await read('A');
  send('35=1 34=2 112=are_you_there');
  await read('0');
  // A tag that no version has; then more orders than a second may have; then a gap.
  send('35=1 34=3 112=x 4999=y');
  await read('3');
  for (const seqNum of [4, 5, 6, 7]) send(`35=D 34=${seqNum} 11=o${seqNum} 21=1 ${ORDER}`);
  await read(version < 'FIX.4.2' ? '3' : 'j');
  send('35=0 34=20');
  await read('2');
  send('35=4 34=8 123=Y 36=21 43=Y 122=20260310-12:00:00');
  send('35=2 34=21 7=1 16=0');
  await read('4');
  // A number that is used already ends it with words.
  send('35=0 34=1');
  await read('5');
  return frames;
}

it('takes a BusinessMessageReject with DefaultApplVerID on FIXT, as QuickFIX C++ writes it', async () => {
  for (const applVerId of ['7', '8', '9']) {
    const got: (string | undefined)[] = [];
    const { acceptor } = await portWith({ onMessage: (message) => void got.push(message.text(1137)) });
    const peer = await peerOf(acceptor.port);
    peer.send(`8=FIXT.1.1 35=A 34=1 98=0 108=30 1137=${applVerId}`);
    await peer.next();
    peer.send(`8=FIXT.1.1 35=j 34=2 1137=${applVerId} 45=2 58=no 372=8 380=3`);
    peer.send('8=FIXT.1.1 35=1 34=3 112=and');
    expect(await peer.next()).toContain('|35=0|');
    expect(got).toEqual([applVerId]);
  }
});

describe('what the engine writes', () => {
  it.each(VERSIONS)('conforms to its own dictionary of %s', async (version) => {
    const dictionary = loadDictionary(version, beginStringOf(version));
    const validator = new Validator(dictionary);
    const frames = await written(version);
    for (const frame of frames) {
      const bytes = Buffer.from(`${frame.replaceAll('|', '\u0001')}`, 'latin1');
      expect([frame, validator.validate(decodeFrame(bytes, dictionary))]).toEqual([frame, undefined]);
    }
    const kinds = new Set(frames.map((frame) => /\|35=(\w+)\|/.exec(frame)![1]));
    for (const kind of ['A', '0', '2', '3', '4', '5', ...(version < 'FIX.4.2' ? [] : ['j'])])
      expect(kinds.has(kind), `${version} ${kind}`).toBe(true);
  });
});

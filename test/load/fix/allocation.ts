/**
 * What the read path of a validated message leaves to the garbage collector: `node --expose-gc
 * --max-semi-space-size=64 allocation.ts` prints bytes a message. Between two readings of the heap no
 * collection runs, so the difference is everything that was allocated.
 */
import { Decoder } from '@tidegate/fix/codec/decoder';
import {
  encodeSample,
  writeExecutionReport,
  writeMarketData,
  writeNewOrderSingle,
} from '@tidegate/fix/codec/samples';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { Validator } from '@tidegate/fix/codec/validator';
import { loadDictionary } from '@tidegate/fix/dictionary/load';

const MESSAGES = 20_000;

function bytesPerMessage(msgType: string, write: (fields: FieldWriter) => void): number {
  const frame = encodeSample(msgType, write);
  const dictionary = loadDictionary('FIX.4.4');
  const decoder = new Decoder({ dictionary });
  const validator = new Validator(dictionary);
  const read = (count: number): void => {
    for (let i = 0; i < count; i++) {
      decoder.push(frame);
      for (let result = decoder.next(); result.kind !== 'more'; result = decoder.next()) {
        if (result.kind !== 'message' || validator.validate(result.message) !== undefined) {
          throw new Error('refused');
        }
      }
    }
  };
  read(5 * MESSAGES);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  read(MESSAGES);
  return Math.max(0, Math.round((process.memoryUsage().heapUsed - before) / MESSAGES));
}

process.stdout.write(
  `${JSON.stringify({
    D: bytesPerMessage('D', writeNewOrderSingle),
    '8': bytesPerMessage('8', writeExecutionReport),
    W: bytesPerMessage('W', (fields) => writeMarketData(fields)),
  })}\n`,
);

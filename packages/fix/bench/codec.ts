/**
 * Messages per second of processor time of the codec, one frame after the other out of a 64 KB chunk:
 *
 *   node packages/fix/bench/codec.ts [milliseconds a case]
 *
 * Orientation: parse + validate 1.7M NewOrderSingle, 1.3M ExecutionReport, 0.47M W with 20 entries;
 * encode 1.7M, 1.3M, 0.64M.
 */
import { Decoder } from '../src/codec/decoder.ts';
import { Encoder } from '../src/codec/encoder.ts';
import type { FieldWriter } from '../src/codec/fields.ts';
import {
  SAMPLE_HEADER,
  encodeSample,
  writeExecutionReport,
  writeMarketData,
  writeNewOrderSingle,
} from '../src/codec/samples.ts';
import { Validator } from '../src/codec/validator.ts';
import { loadDictionary } from '../src/dictionary/load.ts';
import { VERSIONS } from '../src/dictionary/versions.ts';
import type { Version } from '../src/dictionary/versions.ts';

export interface CodecFigure {
  readonly message: string;
  readonly bytes: number;
  /** Messages per second of processor time, best of the rounds. */
  readonly parse: number;
  readonly parseAndValidate: number;
  readonly encode: number;
}

/** The first load of a dictionary in this process, milliseconds; at most 20 are allowed. */
export interface LoadFigure {
  readonly version: Version;
  readonly loadMs: number;
  /** The layout of the first message of its kind, NewOrderSingle. */
  readonly layoutMs: number;
}

/** To be called before anything has loaded a dictionary. */
export function measureLoading(): LoadFigure[] {
  return VERSIONS.toReversed().map((version) => {
    const start = performance.now();
    const dictionary = loadDictionary(version);
    const loaded = performance.now();
    dictionary.message('D');
    return { version, loadMs: loaded - start, layoutMs: performance.now() - loaded };
  });
}

interface Sample {
  readonly name: string;
  readonly msgType: string;
  readonly write: (fields: FieldWriter) => void;
}

const SAMPLES: readonly Sample[] = [
  { name: 'NewOrderSingle', msgType: 'D', write: writeNewOrderSingle },
  { name: 'ExecutionReport', msgType: '8', write: writeExecutionReport },
  { name: 'W, 20 entries', msgType: 'W', write: (fields) => writeMarketData(fields) },
];
const CHUNK_BYTES = 65_536;
const ROUNDS = 5;

/** `milliseconds` is the time for one case, all rounds together. */
export function measureCodec(milliseconds: number): CodecFigure[] {
  return SAMPLES.map((sample) => {
    const frame = encodeSample(sample.msgType, sample.write);
    return {
      message: sample.name,
      bytes: frame.length,
      parse: best(milliseconds, decodeChunks(frame, false)),
      parseAndValidate: best(milliseconds, decodeChunks(frame, true)),
      encode: best(milliseconds, encodeTurns(sample)),
    };
  });
}

function decodeChunks(frame: Uint8Array, isValidated: boolean): () => number {
  const count = Math.floor(CHUNK_BYTES / frame.length);
  const chunk = new Uint8Array(count * frame.length);
  for (let i = 0; i < count; i++) chunk.set(frame, i * frame.length);
  const dictionary = loadDictionary('FIX.4.4');
  const decoder = new Decoder({ dictionary });
  const validator = new Validator(dictionary);
  return () => {
    decoder.push(chunk);
    let messages = 0;
    for (let result = decoder.next(); result.kind !== 'more'; result = decoder.next()) {
      if (result.kind !== 'message') throw new Error(result.kind);
      if (isValidated && validator.validate(result.message) !== undefined) throw new Error('refused');
      messages++;
    }
    return messages;
  };
}

function encodeTurns(sample: Sample): () => number {
  const encoder = new Encoder();
  const { beginString, senderCompId, targetCompId } = SAMPLE_HEADER;
  let seqNum = 1_000;
  return () => {
    for (let i = 0; i < 100; i++) {
      const sendingTimeMs = SAMPLE_HEADER.sendingTimeMs + (seqNum >> 4);
      encoder.begin({
        beginString,
        msgType: sample.msgType,
        seqNum: seqNum++,
        senderCompId,
        targetCompId,
        sendingTimeMs,
      });
      sample.write(encoder);
      encoder.end();
    }
    encoder.release();
    return 100;
  };
}

function best(milliseconds: number, run: () => number): number {
  let rate = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = threadMs();
    let messages = 0;
    let elapsedMs = 0;
    while (elapsedMs < milliseconds / ROUNDS) {
      for (let i = 0; i < 8; i++) messages += run();
      elapsedMs = threadMs() - start;
    }
    rate = Math.max(rate, (messages / elapsedMs) * 1000);
  }
  return Math.round(rate);
}

/** Processor time of this thread, so that what else runs on the machine counts little. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

if (import.meta.main) {
  for (const { version, loadMs, layoutMs } of measureLoading())
    console.log(`${version.padEnd(16)} loaded in ${loadMs.toFixed(1)} ms, layout ${layoutMs.toFixed(1)} ms`);
  for (const figure of measureCodec(Number(process.argv[2] ?? 1000))) {
    const million = (rate: number): string => `${(rate / 1e6).toFixed(2)}M`;
    const { message, bytes, parse, parseAndValidate, encode } = figure;
    const rates = `parse ${million(parse)}  validated ${million(parseAndValidate)} encode ${million(encode)}`;
    console.log(`${message.padEnd(16)} ${String(bytes).padStart(4)} B   ${rates}`);
  }
}

/**
 * Fuzzing of decoder, validator and session with grammatical and broken input: nothing may throw, hang, read
 * beyond a frame or grow without bound, whatever a peer sends. The decoder must find the same frames as its
 * naive oracle.
 *
 *   node packages/fix/acceptance/fuzz.ts [--seconds 600] [--seed 1]     runs both halves in turns
 *
 * A failure names the seed of its round, which repeats it: `--seed N --rounds 1`.
 */
import { Decoder } from '../src/codec/decoder.ts';
import type { FieldReader } from '../src/codec/fields.ts';
import { latin1Bytes, naiveFrames } from '../src/codec/naive.ts';
import { Validator } from '../src/codec/validator.ts';
import type { MessageView } from '../src/codec/view.ts';
import { loadDictionary } from '../src/dictionary/load.ts';
import { beginStringOf, VERSIONS, type Version } from '../src/dictionary/versions.ts';
import { Draw, frameOf, Grammar, mutate } from './grammar.ts';
import { fuzzSession } from './fuzz.session.ts';

const SOH = '\x01';
const MESSAGE_BYTES_MAX = 20_000;
const FRAMES_A_ROUND = 20;

/**
 * Decodes and validates one stream of frames, good and bad, in chunks of any size. Throws on what must not
 * be.
 */
export function fuzzCodec(seed: number): void {
  const draw = new Draw(seed);
  const version: Version = draw.of(VERSIONS);
  const dictionary = loadDictionary(version);
  const grammar = new Grammar(dictionary, draw);
  const beginString = beginStringOf(version);
  let stream = '';
  for (let frame = 0; frame < FRAMES_A_ROUND; frame++) {
    const { msgType, fields } = grammar.body();
    const header = `35=${msgType}${SOH}34=${frame + 1}${SOH}49=A${SOH}52=20260310-12:00:00${SOH}56=B${SOH}`;
    let text = header + fields.join('');
    // Half of the damage is under a right checksum, so that it gets past the decoder.
    if (draw.chance(0.3)) text = mutate(text, draw);
    text = frameOf(draw.chance(0.98) ? beginString : draw.of(['FIX.4.9', 'FIXT.1.1', 'FIX.4.0']), text);
    if (draw.chance(0.2)) text = mutate(text, draw);
    stream += text;
  }
  // A broken BodyLength makes the decoder wait; behind this it knows, as its oracle does.
  stream += 'x'.repeat(MESSAGE_BYTES_MAX);
  const bytes = latin1Bytes(stream);
  const decoder = new Decoder({ dictionary, maxMessageBytes: MESSAGE_BYTES_MAX });
  const validator = new Validator(dictionary);
  const found: string[] = [];
  let isOver = false;
  for (let at = 0; at < bytes.length && !isOver;) {
    const end = Math.min(bytes.length, at + 1 + draw.below(3_000));
    decoder.push(bytes.slice(at, end));
    at = end;
    // Each step consumes at least a byte or asks for more.
    for (let steps = 0; ; steps++) {
      if (steps > bytes.length + 1) throw new Error('the decoder does not come to an end');
      const result = decoder.next();
      if (result.kind === 'more') break;
      if (result.kind === 'too-long') {
        isOver = true;
        break;
      }
      if (result.kind !== 'message') continue;
      found.push(inspect(result.message, validator));
    }
  }
  if (isOver) return;
  const expected = naiveFrames(stream, MESSAGE_BYTES_MAX);
  if (expected.some((frame) => frame.length > MESSAGE_BYTES_MAX)) return;
  const isSame = expected.length === found.length && expected.every((frame, index) => frame === found[index]);
  if (!isSame) throw new Error(`decoder found ${found.length} frames, its oracle ${expected.length}`);
}

/** Reads everything there is to read of a message, within its frame; gives back the frame. */
function inspect(message: MessageView, validator: Validator): string {
  validator.validate(message);
  for (let place = 0; place < message.fieldCount; place++) {
    const start = message.index[place * 3 + 1] as number;
    const end = message.index[place * 3 + 2] as number;
    if (start < message.start || end > message.end || start > end)
      throw new Error('a field beyond its frame');
    read(message, message.tagAt(place), 0);
  }
  return Buffer.from(message.raw).toString('latin1');
}

const GROUP_DEPTH_MAX = 8;

function read(reader: FieldReader, tag: number, depth: number): void {
  if (tag === 0) return;
  reader.text(tag);
  reader.int(tag);
  reader.decimal(tag, 5);
  reader.char(tag);
  reader.boolean(tag);
  reader.utcMicros(tag);
  reader.bytes(tag);
  if (depth > GROUP_DEPTH_MAX) return;
  for (const entry of reader.entries(tag)) {
    entry.text(448);
    entry.int(803);
    for (const inner of entry.entries(802)) inner.text(523);
  }
}

export interface FuzzRun {
  readonly rounds: number;
  /** Seed of the round that failed. */
  readonly failedSeed?: number;
  readonly error?: unknown;
}

/** Both halves in turns until the time is over or something fails. */
export async function fuzz(seed: number, milliseconds: number, rounds = Infinity): Promise<FuzzRun> {
  const until = performance.now() + milliseconds;
  let round = 0;
  for (; round < rounds && performance.now() < until; round++) {
    const own = (seed + round) >>> 0;
    try {
      fuzzCodec(own);
      await fuzzSession(own);
    } catch (error) {
      return { rounds: round, failedSeed: own, error };
    }
  }
  return { rounds: round };
}

if (import.meta.main) {
  const option = (name: string, byDefault: number): number => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? byDefault : Number(process.argv[at + 1]);
  };
  const seed = option('seed', Date.now() >>> 0);
  const run = await fuzz(seed, option('seconds', 600) * 1_000, option('rounds', Infinity));
  if (run.failedSeed === undefined)
    process.stdout.write(`${run.rounds} rounds from seed ${seed}, nothing found\n`);
  else {
    process.stdout.write(`seed ${run.failedSeed} after ${run.rounds} rounds: ${String(run.error)}\n`);
    process.stdout.write(`${run.error instanceof Error ? run.error.stack : ''}\n`);
    process.exitCode = 1;
  }
}

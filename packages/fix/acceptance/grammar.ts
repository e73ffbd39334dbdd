/**
 * Messages out of a dictionary's grammar, and what a bad line or a hostile peer makes of them: the input of
 * the fuzzer. Everything is drawn from one seeded generator, so a seed repeats a run.
 */
import type { Dictionary } from '../src/dictionary/dictionary.ts';
import { parseMembers, parseMessageLine, type Member } from '../src/dictionary/table.ts';

const SOH = '\x01';
const GROUP_ENTRIES_MAX = 3;
const DEPTH_MAX = 6;
/** A generated message stops growing here. */
const FIELDS_MAX = 400;

/** mulberry32: small, fast, good enough to choose what to break. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** In [0, below). */
  below(below: number): number {
    return Math.floor(this.unit() * below);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const NASTY = [
  '',
  '-',
  '.',
  '-0',
  '0',
  '00000000000000000001',
  '99999999999999999999',
  'é',
  '=',
  '\x00',
  ' ',
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  INT: ['0', '7', '-3', '2147483648'],
  SEQNUM: ['1', '2147483648', '9007199254740993'],
  NUMINGROUP: ['0', '1', '2'],
  LENGTH: ['0', '3', '1000000'],
  DAYOFMONTH: ['1', '31'],
  CHAR: ['1', 'A'],
  BOOLEAN: ['Y', 'N'],
  PRICE: ['1.08753', '-0.5', '1e5'],
  QTY: ['1000000', '0.01'],
  AMT: ['12.5'],
  PERCENTAGE: ['0.05'],
  FLOAT: ['3.25'],
  UTCTIMESTAMP: ['20260310-12:00:00.123', '20260310-12:00:60', '20261310-12:00:00'],
  UTCTIMEONLY: ['12:00:00', '25:00:00'],
  UTCDATEONLY: ['20260310'],
  LOCALMKTDATE: ['20260310', '20260231'],
  MONTHYEAR: ['202603', '202603w2'],
};

/** Draws messages of one dictionary. */
export class Grammar {
  readonly #dictionary: Dictionary;
  readonly #draw: Draw;
  readonly #messages: readonly { readonly msgType: string; readonly members: readonly Member[] }[];
  #fields: string[] = [];

  constructor(dictionary: Dictionary, draw: Draw) {
    this.#dictionary = dictionary;
    this.#draw = draw;
    this.#messages = dictionary.table.messages
      .map(parseMessageLine)
      .map(({ msgType, members }) => ({ msgType, members: parseMembers(members) }));
  }

  /** Body fields `tag=value` with SOH behind each, of a message of this type or drawn at random. */
  body(wanted?: string): { readonly msgType: string; readonly fields: readonly string[] } {
    const found = this.#messages.find(({ msgType }) => msgType === wanted);
    const { msgType, members } = found ?? this.#draw.of(this.#messages);
    this.#fields = [];
    this.#add(members, 0);
    return { msgType, fields: this.#fields };
  }

  #add(members: readonly Member[], depth: number): void {
    for (const [at, member] of members.entries()) {
      if (this.#fields.length > FIELDS_MAX || depth > DEPTH_MAX) return;
      const isDelimiter = depth > 0 && at === 0;
      if (!member.required && !isDelimiter && !this.#draw.chance(0.1)) continue;
      if (member.kind === 'component') this.#add(this.#dictionary.component(member.name), depth);
      else if (member.kind === 'group') this.#addGroup(member.tag, member.members, depth);
      else this.#fields.push(`${member.tag}=${this.#value(member.tag)}${SOH}`);
    }
  }

  #addGroup(tag: number, members: readonly Member[], depth: number): void {
    const entries = this.#draw.below(GROUP_ENTRIES_MAX + 1);
    this.#fields.push(`${tag}=${entries}${SOH}`);
    for (let entry = 0; entry < entries; entry++) this.#add(members, depth + 1);
  }

  #value(tag: number): string {
    const draw = this.#draw;
    if (draw.chance(0.01)) return draw.of(NASTY);
    const values = [...this.#dictionary.fieldValues(tag).keys()];
    if (values.length > 0 && draw.chance(0.97)) return draw.of(values);
    const type = this.#dictionary.fieldType(tag) ?? '';
    if (type === 'DATA' || type === 'XMLDATA') return draw.of(['abc', `a${SOH}b`, '10=000']);
    return draw.of(VALUES[type] ?? ['TEXT', 'EUR/USD', 'x'.repeat(1 + draw.below(40))]);
  }
}

/** A frame of these fields with right length and checksum. */
export function frameOf(beginString: string, fields: string): string {
  const covered = `8=${beginString}${SOH}9=${fields.length}${SOH}${fields}`;
  let sum = 0;
  for (let i = 0; i < covered.length; i++) sum += covered.charCodeAt(i);
  return `${covered}10=${String(sum % 256).padStart(3, '0')}${SOH}`;
}

const FRAGMENTS = [
  SOH,
  '=',
  '8=FIX',
  '9=999999999',
  '10=000',
  '35=',
  '95=5',
  '96=',
  '0=',
  '43=Y',
  '34=2',
  '268=9',
];

/** What a line or an attacker does to text: a few cuts, copies, flips and insertions. */
export function mutate(text: string, draw: Draw): string {
  let result = text;
  for (let times = 1 + draw.below(4); times > 0; times--) {
    const at = draw.below(result.length + 1);
    const length = draw.below(Math.min(30, result.length - at + 1));
    switch (draw.below(5)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at, at + length) + result.slice(at);
        break;
      case 2:
        result = result.slice(0, at) + draw.of(FRAGMENTS) + result.slice(at);
        break;
      case 3:
        result = `${result.slice(0, at)}${String.fromCharCode(draw.below(256))}${result.slice(at + 1)}`;
        break;
      default: {
        const to = draw.below(result.length + 1);
        result = result.slice(0, at) + result.slice(to, to + length) + result.slice(at);
      }
    }
  }
  return result;
}

/** A message as people read it: fields with their names and meanings, repeating groups as entries. */
import {
  GROUP_SHIFT,
  SECTION_MASK,
  type GroupDefinition,
  type Layout,
} from '@tidegate/fix/dictionary/definition';
import type { Dictionary } from '@tidegate/fix/dictionary/dictionary';

export interface Field {
  readonly tag: number;
  readonly name?: string;
  readonly value: string;
  /** Of an enumerated value. */
  readonly meaning?: string;
  /** Of the count field of a repeating group. */
  readonly entries?: readonly (readonly Field[])[];
}

export interface Tree {
  readonly msgType: string;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly fields: readonly Field[];
  /** BodyLength or CheckSum are not right, or the message is cut. */
  readonly fault: string | undefined;
}

type Pair = readonly [tag: number, value: string];

const SOH = 1;
const EQUALS = 0x3d;

/** `raw` may be damaged; what can be read is. Without a dictionary there are no names. */
export function treeOf(raw: Uint8Array, dictionary: Dictionary | undefined): Tree {
  const pairs = pairsOf(raw, dictionary);
  const msgType = pairs.find(([tag]) => tag === 35)?.[1] ?? '';
  const layout = dictionary?.message(msgType);
  const fields: Field[] = [];
  for (let at = 0; at < pairs.length;) at = read(pairs, at, layout, dictionary, fields);
  return {
    msgType,
    name: dictionary?.messageName(msgType),
    version: dictionary?.version,
    fields,
    fault: faultOf(raw),
  };
}

function pairsOf(raw: Uint8Array, dictionary: Dictionary | undefined): Pair[] {
  const pairs: Pair[] = [];
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let at = 0; at < raw.length;) {
    const equals = raw.indexOf(EQUALS, at);
    const next = raw.indexOf(SOH, at);
    const valueStart = equals < 0 || (next >= 0 && next < equals) ? at : equals + 1;
    const tag = valueStart === at ? 0 : Number(text.toString('latin1', at, equals));
    let end = next < 0 ? raw.length : next;
    const lengthTag = dictionary?.lengthTags[tag] ?? 0;
    const before = pairs.at(-1);
    if (lengthTag !== 0 && before?.[0] === lengthTag) {
      const announced = valueStart + Number(before[1]);
      if (raw[announced] === SOH) end = announced;
    }
    pairs.push([Number.isInteger(tag) ? tag : 0, text.toString('latin1', valueStart, end)]);
    at = end + 1;
  }
  return pairs;
}

/** Reads the field at `at`, with its entries when it counts a group; returns where the next one is. */
function read(
  pairs: readonly Pair[],
  at: number,
  layout: Layout | undefined,
  dictionary: Dictionary | undefined,
  into: Field[],
): number {
  const [tag, value] = pairs[at] as Pair;
  const rule = layout?.rules[dictionary?.ordinal(tag) ?? 0] ?? 0;
  const group = rule >> GROUP_SHIFT;
  if (group === 0 || layout === undefined || dictionary === undefined) {
    into.push(fieldOf(tag, value, dictionary));
    return at + 1;
  }
  const definition = layout.groups[group - 1] as GroupDefinition;
  const entries: Field[][] = [];
  let next = at + 1;
  while (next < pairs.length && isMember(definition, dictionary, pairs[next] as Pair)) {
    const entry: Field[] = [];
    const [first] = pairs[next] as Pair;
    do next = read(pairs, next, definition, dictionary, entry);
    while (
      next < pairs.length &&
      (pairs[next] as Pair)[0] !== first &&
      isMember(definition, dictionary, pairs[next] as Pair)
    );
    entries.push(entry);
  }
  into.push({ ...fieldOf(tag, value, dictionary), entries });
  return next;
}

function isMember(group: GroupDefinition, dictionary: Dictionary, [tag]: Pair): boolean {
  return ((group.rules[dictionary.ordinal(tag)] ?? 0) & SECTION_MASK) !== 0;
}

function fieldOf(tag: number, value: string, dictionary: Dictionary | undefined): Field {
  const name = dictionary?.fieldName(tag);
  const meaning = tag === 35 ? dictionary?.messageName(value) : meaningOf(tag, value, dictionary);
  return {
    tag,
    ...(name === undefined ? undefined : { name }),
    value,
    ...(meaning === undefined ? undefined : { meaning }),
  };
}

const enumerations = new WeakMap<Dictionary, Map<number, ReadonlyMap<string, string>>>();

/** Several values in one field stand with blanks between. */
function meaningOf(tag: number, value: string, dictionary: Dictionary | undefined): string | undefined {
  if (dictionary === undefined || dictionary.ordinal(tag) === 0) return undefined;
  let known = enumerations.get(dictionary);
  if (known === undefined)
    enumerations.set(dictionary, (known = new Map<number, ReadonlyMap<string, string>>()));
  let values = known.get(tag);
  if (values === undefined) known.set(tag, (values = dictionary.fieldValues(tag)));
  if (values.size === 0) return undefined;
  const meanings = value.split(' ').map((one) => values.get(one));
  return values.get(value) ?? (meanings.includes(undefined) ? undefined : meanings.join(', '));
}

function faultOf(raw: Uint8Array): string | undefined {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
  const head = /^8=[^\u0001]*\u00019=(\d+)\u0001/.exec(text);
  const trailer = /\u000110=(\d+)\u0001$/.exec(text);
  if (head === null || trailer === null) return 'incomplete';
  const body = trailer.index + 1 - head[0].length;
  if (Number(head[1]) !== body) return `BodyLength is ${head[1]}, should be ${body}`;
  let sum = 0;
  for (const byte of raw.subarray(0, trailer.index + 1)) sum += byte;
  const right = String(sum % 256).padStart(3, '0');
  return trailer[1] === right ? undefined : `CheckSum is ${trailer[1]}, should be ${right}`;
}

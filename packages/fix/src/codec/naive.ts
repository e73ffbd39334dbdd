/**
 * The decoder once more, as slowly and plainly as it can be written: strings, split and regular expressions
 * over the whole stream. It is the oracle of the property tests and serves nothing else.
 */
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Member } from '../dictionary/table.ts';
import { parseMembers, parseMessageLine } from '../dictionary/table.ts';

/** Tag and value; tag 0 and the whole field when it is not `tag=value`. */
export type NaiveField = readonly [tag: number, value: string];

/** Fields of a group entry by tag, with the entries of nested groups. */
export interface NaiveEntry {
  readonly fields: readonly NaiveField[];
  readonly groups: ReadonlyMap<number, readonly NaiveEntry[]>;
}

/**
 * All well-formed frames of a stream (Latin-1 text), garbage skipped as the session protocol has it. A frame
 * whose BodyLength does not lead to its CheckSum ends with the next CheckSum behind there; none is longer
 * than `bytesMax`.
 */
export function naiveFrames(stream: string, bytesMax = Infinity): string[] {
  const frames: string[] = [];
  let at = 0;
  let isLost = false;
  while (at < stream.length) {
    if (isLost) {
      const found = /[^0-9]8=FIX/.exec(stream.slice(at));
      if (found === null) break;
      at += found.index + 1;
    }
    const head = /^8=FIX[^\x01=]{0,15}\x019=(\d{1,9})\x01/.exec(stream.slice(at));
    isLost = head === null;
    if (head === null) continue;
    const trailer = at + head[0].length + Number(head[1]);
    const tail = /^\x0110=(\d{3})\x01/.exec(stream.slice(trailer - 1));
    if (tail === null) {
      const next = /\x0110=[^\x01]*\x01/.exec(stream.slice(trailer - 1));
      const end = next === null ? stream.length : trailer - 1 + next.index + next[0].length;
      isLost = end - at > bytesMax || (next === null && end - at === bytesMax);
      if (isLost) continue;
      if (next === null) break;
      at = end;
      continue;
    }
    const covered = stream.slice(at, trailer);
    const isType = stream.startsWith('35=', at + head[0].length);
    if (isType && sum(covered) === Number(tail[1])) frames.push(`${covered}10=${tail[1]}\x01`);
    at = trailer + 7;
  }
  return frames;
}

/** A frame of these fields behind MsgType, put together by string concatenation. */
export function naiveFrame(msgType: string, fields: readonly NaiveField[], beginString = 'FIX.4.4'): string {
  const body = [[35, msgType] as const, ...fields].map(([tag, value]) => `${tag}=${value}\x01`).join('');
  const covered = `8=${beginString}\x019=${body.length}\x01${body}`;
  return `${covered}10=${String(sum(covered)).padStart(3, '0')}\x01`;
}

export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function sum(text: string): number {
  return [...text].reduce((total, character) => total + character.charCodeAt(0), 0) % 256;
}

/** Fields of one frame in order. */
export function naiveFields(frame: string, dictionary: Dictionary): NaiveField[] {
  const fields: NaiveField[] = [];
  let rest = frame;
  while (rest !== '') {
    const head = /^([1-9]\d{0,8})=/.exec(rest);
    let end = rest.indexOf('\x01');
    if (head !== null) {
      const lengthTag = dictionary.lengthTags[Number(head[1])] ?? 0;
      const length = fields.slice(-32).findLast(([tag]) => tag === lengthTag)?.[1];
      if (lengthTag !== 0 && length !== undefined && /^\d+$/.test(length)) {
        const announced = head[0].length + Number(length);
        if (rest[announced] === '\x01' && rest.length > announced + 7) end = announced;
      }
      fields.push([Number(head[1]), rest.slice(head[0].length, end)]);
    } else {
      fields.push([0, rest.slice(0, end)]);
    }
    rest = rest.slice(end + 1);
  }
  return fields;
}

/** The message as one entry: its own fields, and its groups by count tag. */
export function naiveMessage(fields: readonly NaiveField[], dictionary: Dictionary): NaiveEntry {
  const msgType = fields.find(([tag]) => tag === 35)?.[1];
  const line = dictionary.table.messages.map(parseMessageLine).find((message) => message.msgType === msgType);
  const members = [dictionary.table.header, line?.members ?? '', dictionary.table.trailer].flatMap(
    parseMembers,
  );
  return naiveEntry([...fields], expand(members, dictionary), undefined);
}

/** Takes from the front of `fields` what belongs to one entry; a whole message when there is no group. */
function naiveEntry(fields: NaiveField[], members: readonly Member[], group: Member | undefined): NaiveEntry {
  const own: NaiveField[] = [];
  const groups = new Map<number, NaiveEntry[]>();
  while (fields.length > 0) {
    const [tag, value] = fields[0]!;
    const member = members.find((candidate) => candidate.kind !== 'component' && candidate.tag === tag);
    if (group !== undefined && (member === undefined || own[0]?.[0] === tag)) break;
    own.push([tag, value]);
    fields.shift();
    if (member?.kind !== 'group' || groups.has(tag)) continue;
    const entries: NaiveEntry[] = [];
    while (member.members.some((inner) => inner.kind !== 'component' && inner.tag === fields[0]?.[0])) {
      entries.push(naiveEntry(fields, member.members, member));
    }
    groups.set(tag, entries);
  }
  return { fields: own, groups };
}

function expand(members: readonly Member[], dictionary: Dictionary): Member[] {
  return members.flatMap((member): Member[] => {
    if (member.kind === 'component') return expand(dictionary.component(member.name), dictionary);
    if (member.kind === 'field') return [member];
    return [{ ...member, members: expand(member.members, dictionary) }];
  });
}

/**
 * The body of a received message into an outgoing one, ascending by tag as the acceptance suites of the field
 * expect it of an application that echoes. Fields of a group stay behind their count, as they were.
 */
import { IN_BODY, SECTION_MASK } from '../dictionary/definition.ts';
import type { FieldWriter, Message } from './fields.ts';
import { isHeaderTag } from './header.ts';
import { MessageView } from './view.ts';

const TRAILER_TAGS: ReadonlySet<number> = new Set([10, 89, 93]);

/** Values go over byte by byte; fields without a value, which only a lenient validator lets in, too. */
export function copyBody(message: Message, writer: FieldWriter): void {
  if (!(message instanceof MessageView)) throw new TypeError('not a message of the decoder');
  const places: number[] = [];
  for (let place = 0; place < message.fieldCount; place = message.endAt(place)) {
    if (isInBody(message, place)) places.push(place);
  }
  const lengths = lengthPlaces(message);
  places.sort((a, b) => message.tagAt(a) - message.tagAt(b));
  for (const place of places) {
    const end = message.endAt(place);
    for (let at = place; at < end; at++) if (!lengths.has(at)) copyField(message, at, writer);
  }
}

function isInBody(message: MessageView, place: number): boolean {
  const tag = message.tagAt(place);
  const rule = message.definition?.rules[message.dictionary.ordinal(tag)] ?? 0;
  const section = rule & SECTION_MASK;
  return section === 0 ? tag > 0 && !isHeaderTag(tag) && !TRAILER_TAGS.has(tag) : section === IN_BODY;
}

/** Places of length fields, which are written with their data. */
function lengthPlaces(message: MessageView): Set<number> {
  const found = new Set<number>();
  for (let place = 0; place < message.fieldCount; place++) {
    const length = lengthPlace(message, place);
    if (length >= 0) found.add(length);
  }
  return found;
}

function lengthPlace(message: MessageView, place: number): number {
  const tag = message.tagAt(place);
  const { lengthTags } = message.dictionary;
  return tag < lengthTags.length && lengthTags[tag] !== 0 ? message.lengthPlace(lengthTags[tag], place) : -1;
}

function copyField(message: MessageView, place: number, writer: FieldWriter): void {
  const { index, bytesOf } = message;
  const tag = index[place * 3];
  const start = index[place * 3 + 1];
  const end = index[place * 3 + 2];
  const length = lengthPlace(message, place);
  if (length >= 0) writer.int(message.tagAt(length), end - start);
  if (start === end) writer.empty(tag);
  else writer.bytes(tag, bytesOf, start, end);
}

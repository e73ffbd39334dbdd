/** Bloomberg's values as JSON: what a number can't say exactly is text, what JSON does not know is null. */
import type { BlpDatetime, BlpRecord, BlpValue } from '@tidegate/blpapi/contract';
import { isoText } from '@tidegate/blpapi/datetime';
import type { JsonValue } from '@tidegate/wire/bloomberg.protocol';

export function jsonOf(value: BlpValue): JsonValue {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      return value.toString();
    case 'string':
    case 'boolean':
      return value;
    default:
  }
  if (value === null) return null;
  if (Array.isArray(value)) return (value as readonly BlpValue[]).map(jsonOf);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return isDatetime(value) ? isoText(value) : jsonRecord(value as BlpRecord);
}

export const jsonRecord = (record: BlpRecord): Record<string, JsonValue> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, jsonOf(value)]));

/** Numbers are by far the most frequent; everything else takes the long way. */
export function jsonText(value: BlpValue): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  return JSON.stringify(jsonOf(value));
}

function isDatetime(value: object): value is BlpDatetime {
  return 'parts' in value && 'picoseconds' in value && typeof value.parts === 'number';
}

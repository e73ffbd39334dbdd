/**
 * A FIX message as cases keep it, field by field: `|` stands for SOH, `\|`, `\\` and `\xNN` for bytes that
 * could be mistaken. Text of any other kind gives what can be read of it.
 */
export interface RawField {
  readonly tag: number;
  readonly value: string;
}

export function rawFields(text: string): readonly RawField[] {
  const fields: RawField[] = [];
  for (const part of text.match(/(?:\\.|[^|\\])+/gs) ?? []) {
    const equals = part.indexOf('=');
    const tag = Number(part.slice(0, equals));
    if (equals < 1 || !Number.isSafeInteger(tag) || tag < 1) continue;
    fields.push({ tag, value: plain(part.slice(equals + 1)) });
  }
  return fields;
}

const plain = (value: string): string =>
  value.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/gis, (_all, hex: string | undefined, one: string | undefined) =>
    hex === undefined ? (one ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/**
 * What a field's type means to the validator: data types of a dictionary, reduced to the few syntaxes they
 * have (FIX 4.4 volume 1, "FIX Data Types").
 */

/** Numeric, because the validator keeps one a field in a byte table. Numbers come first: see `NUMBER_MAX`. */
export const Syntax = {
  text: 0,
  /** Optional minus, digits. */
  integer: 1,
  /** Digits. */
  natural: 2,
  decimal: 3,
  char: 4,
  boolean: 5,
  utcTimestamp: 6,
  date: 7,
  utcTime: 8,
  monthYear: 9,
  /** Values divided by single spaces, each one of the enumeration. */
  multiple: 10,
  /** Bytes whose count is in the length field before them. */
  data: 11,
  zonedTime: 12,
  zonedTimestamp: 13,
  localTime: 14,
} as const;

/** Highest syntax of which digits alone are always an instance. */
export const NUMBER_MAX = Syntax.decimal;

/** A field's check byte: its syntax, and whether its valid values are listed. */
export const SYNTAX_MASK = 0x0f;
export const ENUMERATED = 0x10;

export type Syntax = (typeof Syntax)[keyof typeof Syntax];

const SYNTAX_OF: Readonly<Record<string, Syntax>> = {
  STRING: Syntax.text,
  CURRENCY: Syntax.text,
  EXCHANGE: Syntax.text,
  COUNTRY: Syntax.text,
  LANGUAGE: Syntax.text,
  XID: Syntax.text,
  XIDREF: Syntax.text,
  CHAR: Syntax.char,
  BOOLEAN: Syntax.boolean,
  INT: Syntax.integer,
  TAGNUM: Syntax.natural,
  DAYOFMONTH: Syntax.natural,
  LENGTH: Syntax.natural,
  SEQNUM: Syntax.natural,
  NUMINGROUP: Syntax.natural,
  FLOAT: Syntax.decimal,
  PRICE: Syntax.decimal,
  PRICEOFFSET: Syntax.decimal,
  QTY: Syntax.decimal,
  QUANTITY: Syntax.decimal,
  AMT: Syntax.decimal,
  PERCENTAGE: Syntax.decimal,
  UTCTIMESTAMP: Syntax.utcTimestamp,
  TIME: Syntax.utcTimestamp,
  UTCDATE: Syntax.date,
  UTCDATEONLY: Syntax.date,
  LOCALMKTDATE: Syntax.date,
  DATE: Syntax.date,
  UTCTIMEONLY: Syntax.utcTime,
  LOCALMKTTIME: Syntax.localTime,
  MONTHYEAR: Syntax.monthYear,
  MULTIPLEVALUESTRING: Syntax.multiple,
  MULTIPLESTRINGVALUE: Syntax.multiple,
  MULTIPLECHARVALUE: Syntax.multiple,
  DATA: Syntax.data,
  XMLDATA: Syntax.data,
  TZTIMEONLY: Syntax.zonedTime,
  TZTIMESTAMP: Syntax.zonedTimestamp,
};

/** Types nobody has told us of are text: a provider's file must not stop a session. */
export function syntaxOf(type: string, isBefore42: boolean): Syntax {
  // Up to FIX 4.1 a char is free text of any length.
  if (isBefore42 && type === 'CHAR') return Syntax.text;
  return SYNTAX_OF[type] ?? Syntax.text;
}

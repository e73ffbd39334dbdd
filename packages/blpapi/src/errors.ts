/**
 * Everything that goes wrong in the binding, with source, category, code and class. The library's own text is
 * thread-local and gone after the next call, so it is copied where the call failed (`abi.ts`, the shim).
 */
import type {
  BlpErrorClass,
  BlpErrorDetails,
  BlpLoadFailure,
  BlpLocalFailure,
  BlpReason,
  BlpRecord,
  BlpValue,
} from './contract.ts';

export class BlpError extends Error implements BlpErrorDetails {
  readonly origin: BlpErrorDetails['origin'];
  readonly class: BlpErrorClass;
  readonly source: string;
  readonly category: string;
  readonly subcategory?: string;
  readonly code: number;
  readonly description: string;

  constructor(details: BlpErrorDetails) {
    super(`${details.source}: ${details.category}: ${details.description}`);
    this.name = 'BlpError';
    this.origin = details.origin;
    this.class = details.class;
    this.source = details.source;
    this.category = details.category;
    if (details.subcategory !== undefined) this.subcategory = details.subcategory;
    this.code = details.code;
    this.description = details.description;
  }

  /** A plain object: crosses threads and goes into logs. */
  details(): BlpErrorDetails {
    return {
      origin: this.origin,
      class: this.class,
      source: this.source,
      category: this.category,
      ...(this.subcategory === undefined ? {} : { subcategory: this.subcategory }),
      code: this.code,
      description: this.description,
    };
  }
}

const classes: readonly BlpErrorClass[] = [
  'unknown',
  'invalidState',
  'invalidArgument',
  'io',
  'conversion',
  'bounds',
  'notFound',
  'fieldNotFound',
  'unsupported',
];

const codeNames: ReadonlyMap<number, string> = new Map([
  [1, 'UNKNOWN'],
  [0x20002, 'ILLEGAL_ARG'],
  [3, 'ILLEGAL_ACCESS'],
  [0x20004, 'INVALID_SESSION'],
  [0x20005, 'DUPLICATE_CORRELATIONID'],
  [6, 'INTERNAL_ERROR'],
  [0x30007, 'RESOLVE_FAILED'],
  [0x30008, 'CONNECT_FAILED'],
  [0x10009, 'ILLEGAL_STATE'],
  [10, 'CODEC_FAILURE'],
  [0x5000b, 'INDEX_OUT_OF_RANGE'],
  [0x4000c, 'INVALID_CONVERSION'],
  [0x6000d, 'ITEM_NOT_FOUND'],
  [0x3000e, 'IO_ERROR'],
  [0x6000f, 'CORRELATION_NOT_FOUND'],
  [0x60010, 'SERVICE_NOT_FOUND'],
  [17, 'LOGON_LOOKUP_FAILED'],
  [18, 'DS_LOOKUP_FAILED'],
  [0x80013, 'UNSUPPORTED_OPERATION'],
  [0x60014, 'DS_PROPERTY_NOT_FOUND'],
]);

/** Class of a result code; codes of classes not known yet are `unknown`. */
export function errorClass(code: number): BlpErrorClass {
  return classes[(code >>> 16) & 0xff] ?? 'unknown';
}

/** `ILLEGAL_STATE` for 0x10009; hexadecimal for a code without a name. */
export function codeName(code: number): string {
  return codeNames.get(code) ?? `0x${(code >>> 0).toString(16)}`;
}

/** A call of the library that returned `code`; `description` is its text, taken on the same thread. */
export function libraryError(call: string, code: number, description: string): BlpError {
  return new BlpError({
    origin: 'blpapi',
    class: errorClass(code),
    source: call,
    category: codeName(code),
    code,
    description,
  });
}

export function loadError(category: BlpLoadFailure, description: string): BlpError {
  return new BlpError({ origin: 'tidegate', class: 'load', source: 'load', category, code: 0, description });
}

export function localError(source: string, category: BlpLocalFailure, description: string): BlpError {
  return new BlpError({ origin: 'tidegate', class: 'local', source, category, code: 0, description });
}

export function remoteError(reason: BlpReason): BlpError {
  return new BlpError({ origin: 'bloomberg', class: 'remote', ...reason });
}

const textOf = (value: BlpValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

export function isRecord(value: BlpValue | undefined): value is BlpRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !('parts' in value && 'offsetMinutes' in value)
  );
}

/**
 * The reason in a record: admin messages have {source, errorCode, category, description}, the reference data
 * service {source, code, category, message}. Undefined when the value is no such record.
 */
export function reasonOf(value: BlpValue | undefined): BlpReason | undefined {
  if (!isRecord(value)) return undefined;
  const code = value.errorCode ?? value.code;
  const category = textOf(value.category);
  const description = textOf(value.description) ?? textOf(value.message);
  if (category === undefined && description === undefined) return undefined;
  const subcategory = textOf(value.subcategory) ?? textOf(value.subCategory);
  return {
    source: textOf(value.source) ?? '',
    code: typeof code === 'number' ? code : 0,
    category: category ?? 'UNCLASSIFIED',
    ...(subcategory === undefined ? {} : { subcategory }),
    description: description ?? '',
  };
}

/** For an error message without a usable reason: nothing fails without a category. */
export function reasonOrUnknown(messageType: string, elements: BlpRecord): BlpReason {
  return (
    reasonOf(elements.reason) ?? {
      source: messageType,
      code: 0,
      category: 'UNCLASSIFIED',
      description: `${messageType} without a reason`,
    }
  );
}

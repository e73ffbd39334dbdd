import { describe, expect, it } from 'vitest';
import {
  BlpError,
  codeName,
  errorClass,
  libraryError,
  reasonOf,
  reasonOrUnknown,
  remoteError,
} from './errors.ts';

describe('errors', () => {
  it('[ER1] know class and name of every code of the library', () => {
    const known: readonly (readonly [number, string, string])[] = [
      [1, 'unknown', 'UNKNOWN'],
      [0x10009, 'invalidState', 'ILLEGAL_STATE'],
      [0x20002, 'invalidArgument', 'ILLEGAL_ARG'],
      [0x30008, 'io', 'CONNECT_FAILED'],
      [0x4000c, 'conversion', 'INVALID_CONVERSION'],
      [0x5000b, 'bounds', 'INDEX_OUT_OF_RANGE'],
      [0x6000d, 'notFound', 'ITEM_NOT_FOUND'],
      [0x80013, 'unsupported', 'UNSUPPORTED_OPERATION'],
      [0x90001, 'unknown', '0x90001'],
    ];
    for (const [code, kind, name] of known) expect([errorClass(code), codeName(code)]).toEqual([kind, name]);
  });

  it('[ER2] carry source, category, code and description', () => {
    const error = libraryError('subscribe', 0x10009, 'Session Not Started');
    expect(error).toBeInstanceOf(BlpError);
    expect(error.details()).toEqual({
      origin: 'blpapi',
      class: 'invalidState',
      source: 'subscribe',
      category: 'ILLEGAL_STATE',
      code: 0x10009,
      description: 'Session Not Started',
    });
    expect(error.message).toBe('subscribe: ILLEGAL_STATE: Session Not Started');
  });

  it('[ER3] read both shapes of a reason', () => {
    const admin = { source: 'Session', errorCode: 9, category: 'IO_ERROR', description: 'Connection failed' };
    expect(reasonOf(admin)).toEqual({
      source: 'Session',
      code: 9,
      category: 'IO_ERROR',
      description: 'Connection failed',
    });
    const reference = {
      source: 'x',
      code: 15,
      category: 'BAD_SEC',
      message: 'Unknown',
      subcategory: 'INVALID',
    };
    expect(reasonOf(reference)).toMatchObject({ code: 15, subcategory: 'INVALID', description: 'Unknown' });
    for (const other of [undefined, null, 'text', 5, [], {}]) expect(reasonOf(other)).toBeUndefined();
    expect(remoteError(reasonOrUnknown('TokenGenerationFailure', {})).category).toBe('UNCLASSIFIED');
  });
});

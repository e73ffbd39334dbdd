/**
 * Fills a native request from a plain object. The library checks every name and type against the service's
 * schema; what it refuses is thrown with its own text, and the path in the object is named.
 */
import { pointerCell, pointerIn, type Abi, type Pointer } from './abi.ts';
import type { BlpDatetime, BlpRequestElements, BlpRequestValue } from './contract.ts';
import { writeDatetime } from './datetime.ts';
import { BlpError, localError } from './errors.ts';
import { tag } from './layout.ts';

const appendIndex = 0xffff_ffff;
const depthMax = 32;
const valuesMax = 100_000;

const int32Min = -0x8000_0000;
const int32Max = 0x7fff_ffff;

type Scalar = boolean | number | bigint | string | BlpDatetime;

function isDatetime(value: BlpRequestValue): value is BlpDatetime {
  return typeof value === 'object' && !Array.isArray(value) && 'parts' in value && 'picoseconds' in value;
}

function isScalar(value: BlpRequestValue): value is Scalar {
  return typeof value !== 'object' || isDatetime(value);
}

class RequestWriter {
  readonly #abi: Abi;
  #values = 0;

  constructor(abi: Abi) {
    this.#abi = abi;
  }

  fill(element: Pointer, members: BlpRequestElements, path: string, depth: number): void {
    if (depth > depthMax) throw localError(path, 'BAD_REQUEST', `deeper than ${depthMax}`);
    if (this.#abi.call.Element_datatype(element) === tag.choice) {
      this.#choose(element, members, path, depth);
      return;
    }
    for (const [name, value] of Object.entries(members)) {
      if (value === undefined) continue;
      const place = path === '' ? name : `${path}.${name}`;
      this.#checkText(name, place);
      if (isScalar(value)) this.#set(element, name, value, place);
      else this.#complex(this.#member(element, name, place), value, place, depth);
    }
  }

  #complex(
    element: Pointer,
    value: BlpRequestElements | readonly BlpRequestValue[],
    path: string,
    depth: number,
  ) {
    if (!Array.isArray(value)) {
      this.fill(element, value as BlpRequestElements, path, depth + 1);
      return;
    }
    (value as readonly BlpRequestValue[]).forEach((item, index) => {
      const place = `${path}[${index}]`;
      if (isScalar(item)) this.#append(element, item, place);
      else if (Array.isArray(item)) throw localError(place, 'BAD_REQUEST', 'an array inside of an array');
      else this.fill(this.#appended(element, place), item as BlpRequestElements, place, depth + 1);
    });
  }

  #choose(element: Pointer, members: BlpRequestElements, path: string, depth: number): void {
    const chosen = Object.entries(members).filter(([, value]) => value !== undefined);
    const [entry] = chosen;
    if (entry === undefined || chosen.length > 1)
      throw localError(path, 'BAD_REQUEST', 'a choice takes exactly one member');
    const [name, value] = entry as [string, BlpRequestValue];
    const place = `${path}.${name}`;
    this.#checkText(name, place);
    const cell = pointerCell();
    this.#check(place, this.#abi.call.Element_setChoice(element, cell, name, null, 0));
    if (isScalar(value)) this.#append(pointerIn(cell), value, place, 0);
    else this.#complex(pointerIn(cell), value, place, depth);
  }

  #member(element: Pointer, name: string, path: string): Pointer {
    const cell = pointerCell();
    this.#check(path, this.#abi.call.Element_getElement(element, cell, name, null));
    return pointerIn(cell);
  }

  #appended(element: Pointer, path: string): Pointer {
    const cell = pointerCell();
    this.#check(path, this.#abi.call.Element_appendElement(element, cell));
    return pointerIn(cell);
  }

  #set(element: Pointer, name: string, value: Scalar, path: string): void {
    const { call } = this.#abi;
    this.#count(path);
    if (typeof value === 'string') {
      this.#checkText(value, path);
      this.#check(path, call.Element_setElementString(element, name, null, value));
    } else if (typeof value === 'boolean')
      this.#check(path, call.Element_setElementBool(element, name, null, value ? 1 : 0));
    else if (typeof value === 'object') {
      const bytes = writeDatetime(value);
      this.#check(path, call.Element_setElementHighPrecisionDatetime(element, name, null, bytes));
    } else if (isInt32(value))
      this.#check(path, call.Element_setElementInt32(element, name, null, Number(value)));
    else if (isInteger(value))
      this.#check(path, call.Element_setElementInt64(element, name, null, BigInt(value)));
    else this.#check(path, call.Element_setElementFloat64(element, name, null, finite(value, path)));
  }

  #append(element: Pointer, value: Scalar, path: string, index = appendIndex): void {
    const { call } = this.#abi;
    this.#count(path);
    if (typeof value === 'string') {
      this.#checkText(value, path);
      this.#check(path, call.Element_setValueString(element, value, index));
    } else if (typeof value === 'boolean')
      this.#check(path, call.Element_setValueBool(element, value ? 1 : 0, index));
    else if (typeof value === 'object')
      this.#check(path, call.Element_setValueHighPrecisionDatetime(element, writeDatetime(value), index));
    else if (isInt32(value)) this.#check(path, call.Element_setValueInt32(element, Number(value), index));
    else if (isInteger(value)) this.#check(path, call.Element_setValueInt64(element, BigInt(value), index));
    else this.#check(path, call.Element_setValueFloat64(element, finite(value, path), index));
  }

  #count(path: string): void {
    if (++this.#values > valuesMax) throw localError(path, 'LIMIT', `more than ${valuesMax} values`);
  }

  /** C text ends at the first NUL: such a name or value would silently become another one. */
  #checkText(value: string, path: string): void {
    if (value.includes('\0')) throw localError(path, 'BAD_REQUEST', 'text with a NUL character');
  }

  #check(path: string, code: number): void {
    try {
      this.#abi.check(path, code);
    } catch (error) {
      if (error instanceof BlpError) throw new BlpError({ ...error.details(), source: path });
      throw error;
    }
  }
}

function isInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function isInt32(value: number | bigint): boolean {
  return isInteger(value) && value >= int32Min && value <= int32Max;
}

function finite(value: number | bigint, path: string): number {
  if (!Number.isFinite(Number(value))) throw localError(path, 'BAD_REQUEST', 'not a finite number');
  return Number(value);
}

/** Throws BlpError: class and text of the library, `source` the path of the refused member. */
export function fillRequest(abi: Abi, element: Pointer, elements: BlpRequestElements): void {
  new RequestWriter(abi).fill(element, elements, '', 0);
}

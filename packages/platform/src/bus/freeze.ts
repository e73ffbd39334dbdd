/**
 * Checks for tests on what crosses the bus: immutable from publication on, and the same after a trip
 * through JSON.
 */

const frozen = new WeakSet<object>();

/**
 * Freezes a message with all it holds. Throws TypeError where JSON would lose or change something: NaN,
 * bigint, Date, Map, class instances, functions, holes. A property that is `undefined` is the same as
 * absent and passes.
 */
export function freezeMessage(message: unknown): void {
  if (message !== undefined) freezeValue(message, 'message');
}

function freezeValue(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON can't carry`);
    return;
  }
  if (typeof value !== 'object') throw new TypeError(`${path} is a ${typeof value}, which JSON can't carry`);
  if (frozen.has(value)) return;
  frozen.add(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) freezeValue(value[index], `${path}[${index}]`);
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`${path} is a ${value.constructor.name}, which JSON can't carry`);
    }
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== undefined) freezeValue(inner, `${path}.${key}`);
    }
  }
  Object.freeze(value);
}

/**
 * Subjects and patterns of the bus, by the rules of NATS: tokens joined by dots, `*` is one token, `>` one
 * or more at the end.
 */
import assert from 'node:assert/strict';
import { tokenPattern } from '@tidegate/wire/topic';

/** True when the subject may be published to: every token is a plain one. */
export function isConcrete(subject: string): boolean {
  return subject.length > 0 && subject.split('.').every((token) => tokenPattern.test(token));
}

export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('>');
}

/** A pattern is built by `topics.ts`; one that is malformed is our bug. */
export function assertPattern(pattern: string): void {
  const tokens = pattern.split('.');
  const isWellFormed = tokens.every(
    (token, index) =>
      token === '*' || (token === '>' && index === tokens.length - 1) || tokenPattern.test(token),
  );
  assert(isWellFormed, `malformed topic ${JSON.stringify(pattern)}`);
}

/** Does a concrete subject match a pattern? */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (let index = 0; index < wanted.length; index += 1) {
    const token = wanted[index];
    if (token === '>') return tokens.length > index;
    if (index >= tokens.length || (token !== '*' && token !== tokens[index])) return false;
  }
  return tokens.length === wanted.length;
}

/** A map that forgets its oldest entry when full: for answers that can be worked out again. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    if (this.#entries.size >= this.#limit && !this.#entries.has(key)) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }
}

/**
 * How a key of a program is written: `tgk_<id>_<secret><checksum>`. The prefix and the checksum let scanners
 * of repositories and logs tell it from other text without asking anybody; so does the API, before it asks
 * SQL.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 12;
/** 43 digits of 62 values are 256 bits. */
const secretLength = 43;
const checksumLength = 6;
export const apiKeyPrefix = 'tgk_';
export const apiKeyPattern = /^tgk_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

export interface ApiKeyText {
  readonly id: string;
  readonly secretHash: Buffer;
}

/** A new key: the text to be shown once, and what is kept of it. */
export function newApiKey(): ApiKeyText & { readonly text: string } {
  const id = randomDigits(idLength);
  const secret = randomDigits(secretLength);
  return { text: `${apiKeyPrefix}${id}_${secret}${checksumOf(id, secret)}`, id, secretHash: hashOf(secret) };
}

export const isApiKey = (text: string): boolean => text.startsWith(apiKeyPrefix);

/** Undefined: no key of ours, or one with a slip of the pen. */
export function readApiKey(text: string): ApiKeyText | undefined {
  const [, id = '', secret = '', checksum] = apiKeyPattern.exec(text) ?? [];
  if (checksum !== checksumOf(id, secret)) return undefined;
  return { id, secretHash: hashOf(secret) };
}

/** In the same time, whatever differs. */
export const isSameHash = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** It is as random as its length: no slow hash makes guessing it harder. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

function checksumOf(id: string, secret: string): string {
  let rest = crc32(`${id}_${secret}`);
  let text = '';
  for (let at = 0; at < checksumLength; at += 1) {
    text = digits[rest % digits.length]! + text;
    rest = Math.floor(rest / digits.length);
  }
  return text;
}

/** Bytes that would favour some digits are thrown away. */
function randomDigits(length: number): string {
  const fair = 256 - (256 % digits.length);
  let text = '';
  while (text.length < length)
    for (const byte of randomBytes(length))
      if (byte < fair && text.length < length) text += digits[byte % digits.length];
  return text;
}

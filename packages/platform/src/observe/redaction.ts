/**
 * Keeps secrets out of the log in two passes: fields by their name before a line is written, and what
 * looks like a secret in any text of the finished line: FIX passwords and raw data (554, 925, 96, 1402,
 * 1404), passwords in URLs, bearer tokens and JWTs.
 */
const hidden = '[redacted]';
const depthMax = 6;
const entriesMax = 200;
const textLengthMax = 16_384;

const secretNames = new Set([
  'password',
  'newpassword',
  'passwordhash',
  'adminpassword',
  'passphrase',
  'secret',
  'token',
  'accesstoken',
  'refreshtoken',
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'apikey',
  'privatekey',
  'databaseurl',
  'natsurl',
  'redisurl',
  'tidegateadminpassword',
  'rawdata',
  'encryptedpassword',
  'encryptednewpassword',
  '554',
  '925',
  '96',
  '1402',
  '1404',
]);

export function isSecretName(name: string): boolean {
  return secretNames.has(name.toLowerCase().replaceAll(/[_.-]/g, ''));
}

/** A copy that is safe to log: secret fields hidden, errors as plain objects, depth and size bounded. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactValue(fields, 0) as Record<string, unknown>;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    return value.length > textLengthMax
      ? `${value.slice(0, textLengthMax)}… (${value.length} characters)`
      : value;
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return String(value.toString().slice(0, 80));
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= depthMax) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Map || value instanceof Set) return redactValue([...value], depth);
  if (Array.isArray(value)) {
    const kept = value.slice(0, entriesMax).map((entry) => redactValue(entry, depth + 1));
    return value.length > entriesMax ? [...kept, `… ${value.length} entries`] : kept;
  }
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value).slice(0, entriesMax)) {
    copy[name] = isSecretName(name) && inner !== undefined ? hidden : redactValue(inner, depth + 1);
  }
  return copy;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...rest } = error as Error & { cause?: unknown };
  return {
    type: name ?? error.constructor.name,
    message: redactValue(message, depth),
    stack: redactValue(stack, depth),
    ...(cause === undefined ? {} : { cause: redactValue(cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redactValue(error.errors, depth + 1) } : {}),
    ...(redactValue(rest, depth) as Record<string, unknown>),
  };
}

/** RawData (96) may hold anything, so its RawDataLength (95) says where it ends. SOH is escaped in JSON. */
const rawData = /(?:(?<=\\u0001)|(?<!\d))95=(\d{1,6})(\\u0001|\x01|\||\^)96=/g;
/**
 * A tag follows a separator or anything but a digit; its value runs to the next separator or to the end of
 * the text.
 */
const secretField = new RegExp(
  String.raw`(?:(?<=\\u0001)|(?<!\d))(554|925|96|1402|1404)=(?!\[redacted\])` +
    String.raw`(?:\\.|[^"\\|^\x01])*?(?=\\u0001|[|^\x01"]|$)`,
  'g',
);
const urlPassword = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"\\]{0,256}):[^\s@/"\\]{1,256}@/gi;
const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const jwt = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g;

/** Hides what looks like a secret in a text or in a line of JSON, which stays valid JSON. */
export function redactText(text: string): string {
  return redactRawData(text)
    .replace(secretField, `$1=${hidden}`)
    .replace(urlPassword, `$1:${hidden}@`)
    .replace(bearer, `$1 ${hidden}`)
    .replace(jwt, hidden);
}

function redactRawData(text: string): string {
  if (!text.includes('95=')) return text;
  let result = '';
  let from = 0;
  for (const match of text.matchAll(rawData)) {
    if (match.index < from) continue;
    const start = match.index + match[0].length;
    result += `${text.slice(from, start)}${hidden}`;
    from = afterCharacters(text, start, Number(match[1]));
  }
  return result + text.slice(from);
}

/**
 * Where `count` characters after `start` end, an escape of JSON being one, and a quote being the end of the
 * text.
 */
function afterCharacters(text: string, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < text.length && text[at] !== '"'; left -= 1) {
    at += text[at] === '\\' ? (text[at + 1] === 'u' ? 6 : 2) : 1;
  }
  return Math.min(at, text.length);
}

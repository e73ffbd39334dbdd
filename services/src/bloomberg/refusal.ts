/** An expected refusal on its way to a client of the market data server: an HTTP status and a code. */
import type { Problem } from '@tidegate/wire/rest';

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, text: string) {
    super(text);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Refused by Bloomberg',
  429: 'Too many requests',
  503: 'Not available now',
  504: 'No answer in time',
};

/** RFC 9457. What is not a refusal becomes a bare 500: no internals leave the process. */
export function problemOf(error: unknown, instance: string): Problem {
  const { status, code, detail } = classify(error);
  return {
    type: `urn:tidegate:problem:${code.toLowerCase()}`,
    title: titles[status] ?? 'Internal error',
    status,
    detail,
    code,
    instance,
  };
}

function classify(error: unknown): { status: number; code: string; detail: string } {
  if (error instanceof Refusal) return { status: error.status, code: error.code, detail: error.message };
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500 && error instanceof Error)
    return { status, code: statusCodes[status] ?? 'REQUEST_REFUSED', detail: error.message };
  return { status: 500, code: 'INTERNAL_ERROR', detail: 'the request failed; operators have been told' };
}

const statusCodes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

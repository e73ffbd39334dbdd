/**
 * Errors of the REST interface: RFC 9457 problem details, each with a machine-readable code (docs/api.md
 * lists them).
 */
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Log } from '@tidegate/platform/log';
import type { Problem } from '@tidegate/wire/rest';
import type { FastifyReply, FastifyRequest } from 'fastify';

export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Refused',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

const codes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(error, request.url.split('?')[0]!);
    if (problem.status >= 500) this.log.error({ err: error, url: problem.instance }, 'request failed');
    void http
      .getResponse<FastifyReply>()
      .status(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(problem);
  }
}

/** What is not ours to explain becomes a bare 500: no internals leave the process. */
export function problemOf(error: unknown, instance: string): Problem {
  const { status, code, detail } = classify(error);
  return {
    type: `urn:tidegate:problem:${code.toLowerCase()}`,
    title: titles[status] ?? 'Error',
    status,
    detail,
    code,
    instance,
  };
}

function classify(error: unknown): { status: number; code: string; detail: string } {
  if (error instanceof ApiProblem) return { status: error.status, code: error.code, detail: error.message };
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status >= 500)
    return { status: 500, code: 'INTERNAL_ERROR', detail: 'the request failed; operators have been told' };
  const detail = error instanceof Error ? error.message : 'request refused';
  return { status, code: codes[status] ?? 'REQUEST_REFUSED', detail };
}

/** Fastify's own errors (body too large, malformed JSON, wrong content type) carry a statusCode. */
function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}

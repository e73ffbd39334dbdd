/**
 * Errors of the REST interface: RFC 9457 problem details, each with a machine-readable code (docs/api.md
 * lists them).
 */
import {
  Catch,
  HttpException,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { CommandUnanswered } from '@tidegate/platform/bus/commands';
import type { Log } from '@tidegate/platform/observe/log';
import { InvalidCursor } from '@tidegate/platform/sql/page';
import type { Problem } from '@tidegate/wire/rest';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { methodsAt } from './routes.ts';

export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;

  /** What else a program needs to go on from here. */
  readonly more: Pick<Problem, 'conflict'>;

  constructor(status: number, code: string, detail: string, more: Pick<Problem, 'conflict'> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const issuesShown = 5;

/** What the schemas say of a request that is not of their shape. */
export function invalidRequest(issues: readonly Issue[]): ApiProblem {
  const detail = issues.slice(0, issuesShown).map(({ path = [], message }) => {
    const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return `${place === '' ? 'request' : place}: ${message}`;
  });
  return new ApiProblem(400, 'INVALID_REQUEST', detail.join('; ').slice(0, 1_000));
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Conflict',
  413: 'Body too large',
  414: 'URL too long',
  415: 'Unsupported media type',
  422: 'Refused',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Not available now',
  504: 'Outcome not known',
};

const codes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'URL_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  431: 'HEADERS_TOO_LARGE',
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
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOf(notThere(error, request) ?? error, pathOf(request));
    if (problem.status >= 500)
      this.log.error({ err: error, url: problem.instance, code: problem.code }, 'request failed');
    if (reply.sent) return; // the beginning of an answer has left already
    void sendProblem(reply, problem);
  }
}

export const pathOf = (request: Pick<FastifyRequest, 'url'>): string => request.url.split('?')[0]!;

/** What answers a request for which there is no route. */
export function missing(method: string, path: string): ApiProblem {
  const allowed = methodsAt(path);
  return allowed.length === 0 || allowed.includes(method)
    ? new ApiProblem(404, 'NOT_FOUND', `nothing at ${path.slice(0, 200)}`)
    : new ApiProblem(405, 'METHOD_NOT_ALLOWED', `${path.slice(0, 200)} takes ${allowed.join(', ')}`);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', '1');
  if (problem.status === 405) reply.header('allow', methodsAt(problem.instance).join(', '));
  return reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problem);
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
    ...(error instanceof ApiProblem ? error.more : {}),
  };
}

const notThere = (error: unknown, request: FastifyRequest): ApiProblem | undefined =>
  error instanceof NotFoundException ? missing(request.method, pathOf(request)) : undefined;

function classify(error: unknown): { status: number; code: string; detail: string } {
  if (error instanceof ApiProblem) return { status: error.status, code: error.code, detail: error.message };
  if (error instanceof InvalidCursor) return { status: 400, code: error.code, detail: error.message };
  if (error instanceof CommandUnanswered) {
    const detail = 'no answer in time; ask for the order, or send the same request again';
    return { status: 504, code: error.code, detail };
  }
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status < 400 || status >= 500)
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

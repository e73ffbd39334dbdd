/**
 * How the HTTP server itself is set up, below Nest: limits, whose word on addresses is believed, and that
 * what fails before any route (a malformed URL, headers without end) is a problem like any other.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf, problemOf, sendProblem } from './problem.ts';

const bodyBytesMax = 64 * 1024;
/** Of a folder of configuration as one change. */
const changesetBytesMax = 4 * 1024 * 1024;
/** Longest time a request may take to arrive; answers have their own limits. */
const requestMs = 30_000;
/** Connections that have not made a request yet. */
export const httpStrangers = { perAddressMax: 250, totalMax: 2_000, perSecondPerAddress: 400 };
/** A path's longest part: a session's id, `client@listener`. */
const pathPartMax = 129;
const notHttp: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

export function httpOptions({ trustedProxies }: Pick<Settings, 'trustedProxies'>) {
  return {
    bodyLimit: bodyBytesMax,
    /** What the audit names a request by. */
    genReqId: () => randomUUID(),
    requestTimeout: requestMs,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: pathPartMax },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      void sendProblem(reply, problemOf(error, pathOf(request).slice(0, 200)));
    },
  };
}

/** Called for each route as it is made. */
export function sizeRoute(route: { readonly url: string; bodyLimit?: number }): void {
  if (route.url === '/api/v1/changesets') route.bodyLimit = changesetBytesMax;
}

/** What came was no HTTP, too much of it or too slow: there is no request to answer, only a connection. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const statusCode = notHttp[error.code ?? ''] ?? 400;
    const refusal = Object.assign(new Error('the request could not be read'), { statusCode });
    const body = JSON.stringify(problemOf(refusal, ''));
    socket.write(
      `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nContent-Type: application/problem+json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

/**
 * How the HTTP server itself is set up, below Nest: limits, whose word on addresses is believed, and that
 * what fails before any route (a malformed URL) is a problem like any other.
 */
import type { Settings } from '@tidegate/platform/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf, problemOf, sendProblem } from './problem.ts';

const bodyBytesMax = 64 * 1024;
/** Longest time a request may take to arrive; answers have their own limits. */
const requestMs = 30_000;

export function httpOptions({ trustedProxies }: Pick<Settings, 'trustedProxies'>) {
  return {
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMs,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      void sendProblem(reply, problemOf(error, pathOf(request).slice(0, 200)));
    },
  };
}

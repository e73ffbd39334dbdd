/**
 * The OpenAPI 3.1 document of the REST interface, from the same zod schemas that check requests; shown at
 * `/api/docs`.
 */
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import {
  cancelOrderRequest,
  executionView,
  orderResult,
  orderView,
  positionView,
  replaceOrderRequest,
  submitOrderRequest,
} from '@tidegate/wire/orders';
import { priceView } from '@tidegate/wire/prices';
import { systemEvent } from '@tidegate/wire/monitoring';
import {
  instrumentView,
  loginRequest,
  loginResponse,
  meView,
  pageOf,
  problem,
  tradingStateRequest,
} from '@tidegate/wire/rest';
import { sessionStatus } from '@tidegate/wire/sessions';
import { z } from 'zod';

interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  readonly status?: number;
  readonly query?: readonly string[];
  readonly isPublic?: boolean;
}

const paging = ['limit', 'before'];
const tradingStates = z.array(
  z.object({ firm: z.string(), state: z.enum(['active', 'reducing', 'halted', 'unknown']) }),
);

/** Every route of the REST interface; a test compares it with the controllers. */
export const routes: readonly Route[] = [
  {
    method: 'post',
    path: '/api/v1/login',
    summary: 'Sign in; the token goes into the Authorization header',
    tag: 'session',
    body: loginRequest,
    answer: loginResponse,
    isPublic: true,
  },
  { method: 'post', path: '/api/v1/logout', summary: 'Revoke the token', tag: 'session', status: 204 },
  { method: 'get', path: '/api/v1/me', summary: 'Who am I', tag: 'session', answer: meView },
  {
    method: 'get',
    path: '/api/v1/instruments',
    summary: 'Instruments',
    tag: 'market',
    answer: z.array(instrumentView),
  },
  {
    method: 'get',
    path: '/api/v1/prices',
    summary: 'Last prices of my tier',
    tag: 'market',
    answer: z.array(priceView),
  },
  {
    method: 'post',
    path: '/api/v1/orders',
    summary: 'New order; clOrdId is the idempotency key',
    tag: 'orders',
    status: 201,
    body: submitOrderRequest,
    answer: orderResult,
  },
  {
    method: 'get',
    path: '/api/v1/orders',
    summary: 'Orders, newest first',
    tag: 'orders',
    answer: pageOf(orderView),
    query: ['open', 'account', ...paging],
  },
  { method: 'get', path: '/api/v1/orders/{orderId}', summary: 'One order', tag: 'orders', answer: orderView },
  {
    method: 'post',
    path: '/api/v1/orders/{orderId}/cancel',
    summary: 'Cancel',
    tag: 'orders',
    body: cancelOrderRequest,
    answer: orderResult,
  },
  {
    method: 'post',
    path: '/api/v1/orders/{orderId}/replace',
    summary: 'Change quantity or price',
    tag: 'orders',
    body: replaceOrderRequest,
    answer: orderResult,
  },
  {
    method: 'post',
    path: '/api/v1/orders/cancel-all',
    summary: 'Cancel all my open orders',
    tag: 'orders',
    answer: z.object({ sequence: z.int() }),
  },
  {
    method: 'get',
    path: '/api/v1/executions',
    summary: 'Executions, newest first',
    tag: 'orders',
    answer: pageOf(executionView),
    query: ['account', ...paging],
  },
  {
    method: 'get',
    path: '/api/v1/positions',
    summary: 'Positions and realised P&L',
    tag: 'orders',
    answer: z.array(positionView),
  },
  {
    method: 'get',
    path: '/api/v1/sessions',
    summary: 'FIX sessions',
    tag: 'operations',
    answer: z.array(sessionStatus),
  },
  {
    method: 'get',
    path: '/api/v1/events',
    summary: 'System events, newest first',
    tag: 'operations',
    answer: pageOf(systemEvent),
    query: paging,
  },
  {
    method: 'get',
    path: '/api/v1/trading-state',
    summary: 'Trading state per firm',
    tag: 'operations',
    answer: tradingStates,
  },
  {
    method: 'post',
    path: '/api/v1/trading-state',
    summary: 'Halt, reduce or release; halting cancels all open orders',
    tag: 'operations',
    body: tradingStateRequest,
    answer: tradingStates,
  },
];

const schemaOf = (schema: z.ZodType): object => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    unrepresentable: 'any',
  });
  return rest;
};

export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidegate',
      version,
      description:
        'Decimals are text. Errors are RFC 9457 problem details with a code. ' +
        'Live data: WebSocket at /api/v1/stream.',
    },
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  };
}

function operationOf(route: Route): object {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...(route.query ?? []).map((name) => ({
      name,
      in: 'query',
      required: false,
      schema: { type: 'string' },
    })),
  ];
  const content =
    route.answer === undefined ? {} : { content: { 'application/json': { schema: schemaOf(route.answer) } } };
  return {
    summary: route.summary,
    tags: [route.tag],
    parameters,
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } },
        }),
    responses: {
      [route.status ?? 200]: { description: 'Done', ...content },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: schemaOf(problem) } },
      },
    },
    security: route.isPublic === true ? [] : [{ bearer: [] }],
  };
}

export async function serveDocuments(server: FastifyInstance, version: string): Promise<void> {
  const document = openApiDocument(version) as never;
  await server.register(fastifySwagger, { mode: 'static', specification: { document } });
  await server.register(fastifySwaggerUi, { routePrefix: '/api/docs', staticCSP: true });
}

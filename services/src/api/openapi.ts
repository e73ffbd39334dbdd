/**
 * The OpenAPI 3.1 document of the REST interface, from the same zod schemas that check requests; shown at
 * `/api/docs` of the operations port.
 */
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { CASE_KINDS } from '@tidegate/core/order/case';
import { qualityStates } from '@tidegate/core/quality/state';
import { caseStates } from '@tidegate/wire/cases';
import { problem } from '@tidegate/wire/rest';
import { z } from 'zod';
import { routes, type QueryName, type Route } from './routes.ts';

const query = {
  limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
  before: { type: 'string', description: '`next` of the page before' },
  open: { type: 'string', enum: ['true', 'false'], description: 'true: only what is open' },
  account: { type: 'string' },
  state: { type: 'string', enum: [...caseStates, 'resolved', ...qualityStates] },
  kind: { type: 'string', enum: Object.keys(CASE_KINDS) },
  venue: { type: 'string' },
  firm: { type: 'string' },
  instrument: { type: 'string' },
  source: { type: 'string', description: 'A provider or feed' },
  from: { type: 'string', format: 'date-time' },
  to: { type: 'string', format: 'date-time' },
  grain: { type: 'string', enum: ['minute', 'hour', 'day', 'all'] },
  order: { type: 'string', description: 'Only those within which this order lived' },
  who: { type: 'string' },
  what: { type: 'string' },
  target: { type: 'string' },
  number: { type: 'integer', minimum: 1 },
} as const satisfies Readonly<Record<QueryName, object>>;

/** Swagger UI brings its own styles inline; nothing of it comes from elsewhere. */
const contentSecurity =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
  "frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

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
      schema: query[name],
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
  await server.register(fastifySwaggerUi, { routePrefix: '/api/docs', staticCSP: contentSecurity });
}

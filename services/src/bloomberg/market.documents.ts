/**
 * The OpenAPI and AsyncAPI documents of the market data server, from the same schemas that check what
 * clients send.
 */
import {
  marketDataMessage,
  marketDataQuery,
  marketDataRequest,
  requestAnswer,
  requestLine,
  requestOperations,
  streamServices,
} from '@tidegate/wire/bloomberg.protocol';
import { problem } from '@tidegate/wire/rest';
import { z } from 'zod';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    unrepresentable: 'any',
    io,
  });
  return rest;
};

const bearer = { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } };
const json = (schema: object) => ({ 'application/json': { schema } });
const plain = (summary: string, media: string) => ({
  get: { summary, security: [], responses: { 200: { description: summary, content: { [media]: {} } } } },
});

export function openApiDocument(version: string): Record<string, unknown> {
  const refusal = {
    description: 'Refused',
    content: { 'application/problem+json': { schema: schemaOf(problem, 'output') } },
  };
  const operations = Object.entries(requestOperations)
    .map(([service, names]) => `${service}: ${names.join(', ')}`)
    .join('; ');
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidegate market data from Bloomberg',
      version,
      description:
        'Live data: WebSocket at /stream (asyncapi.json beside this document). ' +
        `Operations that may be asked: ${operations}.`,
    },
    paths: {
      '/request': {
        post: {
          summary: 'Ask Bloomberg; with Accept: application/x-ndjson parts are sent as they come',
          security: [{ bearer: [] }],
          parameters: ['ns', 'service', 'type'].map((name) => ({
            name,
            in: 'query',
            required: false,
            schema: { type: 'string' },
            description: 'Form of blpapi-http: service and operation here, the body holds the elements',
          })),
          requestBody: { required: true, content: json(schemaOf(marketDataQuery, 'input')) },
          responses: {
            200: {
              description: 'All parts, or one line for each',
              content: {
                ...json(schemaOf(requestAnswer, 'output')),
                'application/x-ndjson': { schema: schemaOf(requestLine, 'output') },
              },
            },
            default: refusal,
          },
        },
      },
      '/health': plain('State of the feed', 'application/json'),
    },
    components: { securitySchemes: bearer },
  };
}

export function asyncApiDocument(version: string): Record<string, unknown> {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tidegate market data from Bloomberg',
      version,
      description:
        'JSON text messages. The first one of the client is auth, unless the upgrade request carries an ' +
        `Authorization header. Services: ${streamServices.join(', ')}.`,
    },
    defaultContentType: 'application/json',
    channels: {
      stream: {
        address: '/stream',
        messages: {
          request: { payload: schemaOf(marketDataRequest, 'input') },
          message: { payload: schemaOf(marketDataMessage, 'output') },
        },
        bindings: { ws: {} },
      },
    },
    operations: {
      request: {
        action: 'receive',
        summary: 'What a client sends',
        channel: { $ref: '#/channels/stream' },
        messages: [{ $ref: '#/channels/stream/messages/request' }],
      },
      message: {
        action: 'send',
        summary: 'What a client is sent',
        channel: { $ref: '#/channels/stream' },
        messages: [{ $ref: '#/channels/stream/messages/message' }],
      },
    },
    components: { securitySchemes: bearer },
  };
}

/** Routes of keys of programs, as part of `routes.ts`. */
import {
  apiKeyView,
  createApiKeyRequest,
  newApiKeyAnswer,
  revokeApiKeyRequest,
} from '@tidegate/wire/api.keys';
import { z } from 'zod';
import type { Route } from './routes.ts';

const keys = { tag: 'users', needs: 'administer' } as const;

export const apiKeyRoutes: readonly Route[] = [
  {
    ...keys,
    method: 'get',
    path: '/api/v1/users/{id}/keys',
    summary: 'Keys of a program, newest first, those that ended too',
    answer: z.array(apiKeyView),
  },
  {
    ...keys,
    method: 'post',
    path: '/api/v1/users/{id}/keys',
    summary: 'A new key of a program, shown once',
    status: 201,
    body: createApiKeyRequest,
    answer: newApiKeyAnswer,
  },
  {
    ...keys,
    method: 'post',
    path: '/api/v1/keys/{id}/revoke',
    summary: 'End a key, its requests and its streams',
    body: revokeApiKeyRequest,
    status: 204,
  },
];

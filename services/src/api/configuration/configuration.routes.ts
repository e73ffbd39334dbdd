/** Routes of configuration, users and FIX clients, as part of `../routes.ts`. */
import {
  acceptInvitationRequest,
  cancelChangesetRequest,
  changeAnswer,
  changesetRequest,
  configurationSummary,
  documentChangeRequest,
  documentVersionView,
  documentView,
  endSessionsRequest,
  invitationAnswer,
  passwordAnswer,
  reasonRequest,
  retireRequest,
  rollBackRequest,
  scheduledChangeset,
} from '@tidegate/wire/changes';
import { z } from 'zod';
import type { Route } from '../routes.ts';

const read = { method: 'get', tag: 'configuration', needs: 'seeConfiguration' } as const;
const change = {
  method: 'post',
  tag: 'configuration',
  needs: 'seeConfiguration',
  answer: changeAnswer,
} as const;

export const configurationRoutes: readonly Route[] = [
  {
    ...read,
    path: '/api/v1/configuration',
    summary: 'Kinds of documents, and how many there are',
    answer: configurationSummary,
  },
  {
    ...read,
    path: '/api/v1/configuration/{kind}',
    summary: 'Documents of a kind, without secrets',
    answer: z.array(documentView),
  },
  {
    ...read,
    path: '/api/v1/configuration/{kind}/{id}',
    summary: 'One document',
    answer: documentView,
  },
  {
    ...read,
    path: '/api/v1/configuration/{kind}/{id}/history',
    summary: 'Who changed it when and why, and what was different; newest first',
    answer: z.array(documentVersionView),
  },
  {
    ...change,
    path: '/api/v1/configuration/{kind}/{id}',
    summary: 'Create or change a document, now or later, or say what that would do',
    body: documentChangeRequest,
  },
  {
    ...change,
    path: '/api/v1/configuration/{kind}/{id}/retire',
    summary: 'Take a document out of force; its history stays',
    body: retireRequest,
  },
  {
    ...change,
    path: '/api/v1/configuration/{kind}/{id}/rollback',
    summary: 'Put an earlier version of a document into force again',
    body: rollBackRequest,
  },
  {
    ...change,
    path: '/api/v1/changesets',
    summary: 'Change many documents, all or none',
    body: changesetRequest,
  },
  {
    ...read,
    path: '/api/v1/changesets',
    summary: 'Changes that were or are left for later, latest first',
    answer: z.array(scheduledChangeset),
  },
  {
    method: 'post',
    tag: 'configuration',
    needs: 'seeConfiguration',
    path: '/api/v1/changesets/{changeset}/cancel',
    summary: 'Cancel a change that waits for its time',
    body: cancelChangesetRequest,
    status: 204,
  },
  {
    method: 'post',
    path: '/api/v1/users/{id}/invitation',
    summary: 'A one-time link by which a user gives himself a password',
    tag: 'users',
    needs: 'administer',
    body: reasonRequest,
    answer: invitationAnswer,
  },
  {
    method: 'post',
    path: '/api/v1/users/{id}/end-sessions',
    summary: 'End all sign-ins and streams of a user',
    tag: 'users',
    needs: 'administer',
    body: endSessionsRequest,
    status: 204,
  },
  {
    method: 'post',
    path: '/api/v1/invitations/accept',
    summary: 'Give oneself a password by an invitation',
    tag: 'users',
    body: acceptInvitationRequest,
    status: 204,
    isPublic: true,
  },
  {
    method: 'post',
    path: '/api/v1/fix-clients/{id}/password',
    summary: 'A new password of a FIX client, shown once',
    tag: 'users',
    needs: 'configure',
    body: reasonRequest,
    answer: passwordAnswer,
  },
];

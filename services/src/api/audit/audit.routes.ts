/** Routes of the audit, as part of `../routes.ts`. */
import { auditEntryView, auditProofView } from '@tidegate/wire/audit';
import { pageOf } from '@tidegate/wire/rest';
import type { Route } from '../routes.ts';

const read = { method: 'get', tag: 'audit', needs: 'seeAudit' } as const;

export const auditRoutes: readonly Route[] = [
  {
    ...read,
    path: '/api/v1/audit',
    summary: 'Who decided what, newest first',
    query: ['limit', 'before', 'from', 'to', 'who', 'what', 'target'],
    answer: pageOf(auditEntryView),
  },
  {
    ...read,
    path: '/api/v1/audit/export',
    summary: 'All of it with its checkpoints and their key, as JSON lines for a verifier',
  },
  {
    ...read,
    path: '/api/v1/audit/proof',
    summary: 'An entry, and the proof that it is in what was signed last',
    query: ['number'],
    answer: auditProofView,
  },
];

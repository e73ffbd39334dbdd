/**
 * What of the REST interface is a decision that the audit keeps, as data: by route, what it is called, whom
 * or what it is about, and what of the request and the answer says so. Passwords and tokens are in none of
 * it.
 */
import { invitedUser } from '@tidegate/platform/identity/invitations';
import type { NewApiKeyAnswer } from '@tidegate/wire/api.keys';
import type { ChangeAnswer } from '@tidegate/wire/changes';

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  /** As it came: nothing of it has been checked. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Decided {
  readonly target?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface DecisionRule {
  readonly what: string;
  readonly target: (asked: Asked) => string;
  /** What was asked for, whether it was done or refused. */
  readonly sought?: (asked: Asked) => Decided;
  /** What it came to, by the answer. Undefined: nothing was decided. */
  readonly decided?: (asked: Asked, answer: unknown) => Decided | undefined;
  /** Without a token: who says that he is it. */
  readonly person?: (asked: Asked) => string;
  /** Adds risk, or lets somebody in: refused while the audit can't take it. */
  readonly addsRisk?: (asked: Asked) => boolean;
  /** Takes risk away: its answer does not wait for the audit. */
  readonly isUrgent?: boolean;
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const always = (): boolean => true;
const id = ({ params }: Asked): string => params['id'] ?? '';
const isDry = ({ body }: Asked): boolean => body['dryRun'] === true;
const fields =
  (...names: readonly string[]) =>
  ({ body }: Asked): Decided => ({
    after: Object.fromEntries(names.filter((name) => name in body).map((name) => [name, body[name]])),
  });

function changed(_asked: Asked, answer: unknown): Decided | undefined {
  const { result, changeset, version, changes } = answer as ChangeAnswer;
  if (result !== 'done' && result !== 'scheduled') return undefined;
  const sides = (side: 'from' | 'to') =>
    Object.fromEntries(
      changes.map(({ kind, id: name, differences }) => [
        `${kind}/${name}`,
        Object.fromEntries(differences.map((difference) => [difference.path, difference[side] ?? null])),
      ]),
    );
  const documents = changes.map(({ kind, id: name, what }) => `${what} ${kind}/${name}`);
  return { before: sides('from'), after: { result, changeset, version, documents, fields: sides('to') } };
}

const configuration = {
  what: 'configuration',
  target: ({ params }: Asked) => `${params['kind']}/${params['id']}`,
  decided: changed,
  addsRisk: (asked: Asked) => !isDry(asked),
};
const caseAnswer = (action: string): DecisionRule => ({
  what: 'case',
  target: id,
  sought: ({ body: { quantity, price } }) => ({ after: { action, quantity, price } }),
});

export const decisionRules: Readonly<Record<string, DecisionRule>> = {
  'POST /api/v1/login': {
    what: 'signIn',
    target: ({ body }) => textOf(body['user']),
    person: ({ body }) => textOf(body['user']),
  },
  'POST /api/v1/logout': { what: 'signOut', target: () => '' },
  'POST /api/v1/users/:id/invitation': { what: 'invitation', target: id, addsRisk: always },
  'POST /api/v1/users/:id/end-sessions': { what: 'signInsEnded', target: id },
  'POST /api/v1/users/:id/keys': {
    what: 'keyCreated',
    target: id,
    sought: fields('name', 'rights', 'addresses', 'days'),
    // Of the answer everything but the key.
    decided: (_asked, answer) => ({ after: (answer as NewApiKeyAnswer).details }),
    addsRisk: always,
  },
  'POST /api/v1/keys/:id/revoke': { what: 'keyRevoked', target: id, isUrgent: true },
  'POST /api/v1/invitations/accept': {
    what: 'invitationAccepted',
    target: ({ body }) => invitedUser(textOf(body['token'])),
    person: ({ body }) => invitedUser(textOf(body['token'])),
    addsRisk: always,
  },
  'POST /api/v1/fix-clients/:id/password': { what: 'fixPassword', target: id, addsRisk: always },
  'POST /api/v1/configuration/:kind/:id': configuration,
  'POST /api/v1/configuration/:kind/:id/retire': configuration,
  'POST /api/v1/configuration/:kind/:id/rollback': configuration,
  'POST /api/v1/changesets': { ...configuration, target: () => 'changeset' },
  'POST /api/v1/changesets/:changeset/cancel': {
    what: 'configurationCanceled',
    target: ({ params }) => params['changeset'] ?? '',
  },
  'POST /api/v1/stops': {
    what: 'stop',
    target: ({ body }) => textOf(body['firm']) || 'every firm',
    sought: fields('scope', 'stop'),
    isUrgent: true,
  },
  'POST /api/v1/stops/releases': {
    what: 'stopReleased',
    target: ({ body }) => textOf(body['firm']),
    sought: fields('scope'),
    addsRisk: always,
  },
  'POST /api/v1/trading-state': {
    what: 'tradingState',
    target: ({ body }) => textOf(body['firm']) || 'every firm',
    sought: fields('state'),
    addsRisk: ({ body }) => body['state'] === 'active',
    isUrgent: true,
  },
  'POST /api/v1/orders/cancel-all': {
    what: 'massCancel',
    target: ({ body }) => textOf(body['scope']) || 'mine',
    sought: fields('scope', 'account'),
    isUrgent: true,
  },
  'POST /api/v1/cases/:id/book': caseAnswer('book'),
  'POST /api/v1/cases/:id/correct': caseAnswer('correct'),
  'POST /api/v1/cases/:id/dismiss': caseAnswer('dismiss'),
  'POST /api/v1/alerts/:id/marks': {
    what: 'alert',
    target: id,
    sought: fields('action', 'user', 'minutes'),
  },
  'POST /api/v1/sessions/:id/numbers': {
    what: 'sessionNumbers',
    target: id,
    sought: fields('nextInbound', 'nextOutbound'),
  },
  'POST /api/v1/instances/:id/drain': { what: 'drain', target: id, sought: fields('force') },
  'POST /api/v1/sessions/:id/enabling': {
    what: 'sessionEnabling',
    target: id,
    sought: fields('isEnabled'),
    // To let a counterparty in again; to shut it out waits for nothing.
    addsRisk: ({ body }) => body['isEnabled'] === true,
  },
  'POST /api/v1/sessions/:id/disconnect': { what: 'sessionDisconnected', target: id, isUrgent: true },
  'POST /api/v1/sessions/:id/reset': {
    what: 'sessionReset',
    target: id,
    sought: fields('side'),
    decided: (_asked, answer) => ({ before: (answer as { readonly was: unknown }).was }),
  },
  'POST /api/v1/journal-losses': {
    what: 'journalLoss',
    target: ({ body }) => textOf(body['firm']),
  },
  'GET /api/v1/audit/export': { what: 'auditExport', target: () => 'audit' },
};

/** Nothing was decided: it was no request, or there were too many of them. */
export const isDecided = (status: number): boolean => status !== 400 && status !== 429;

/**
 * Who may do what: the one table that REST, the stream, the desk and the tests ask. A right is a role's, or a
 * user's by his document where it can be granted.
 */
import type { DocumentKind, Role, UserDocument } from './configuration.ts';

export const permissions = {
  /** Send and change orders of one's firm. */
  trade: ['admin', 'trader', 'service'],
  /** Cancel orders: of one's firm, or of every firm that one sees. */
  cancel: ['admin', 'operations', 'risk', 'trader', 'service'],
  /** Halt a firm or let it only reduce: the kill switch. */
  halt: ['admin', 'operations', 'risk'],
  /** Let it trade again. */
  release: ['admin', 'risk'],
  /** Acknowledge, take and mute alerts that one may see. */
  answerAlerts: ['admin', 'operations', 'risk', 'trader'],
  /** Numbers of FIX sessions, answers to cases, losses of the journal. */
  operate: ['admin', 'operations'],
  /** Read what belongs to operators: cases, raw messages of every firm. */
  inspect: ['admin', 'operations', 'risk', 'compliance'],
  /** Orders, positions, sessions and events of every firm, and of none. */
  seeAllFirms: ['admin', 'operations', 'risk', 'compliance'],
  /** Names, states and counters of liquidity providers: on prices, executions, sessions and events. */
  seeProviders: ['admin', 'operations', 'risk', 'compliance'],
  /** States, availability, problem periods and statistics of providers' data. */
  seeQuality: ['admin', 'operations', 'risk', 'compliance'],
  /** Acknowledge, annotate and excuse problem periods. */
  judgeQuality: ['admin', 'operations'],
  /** Read the configuration and its history, without secrets. */
  seeConfiguration: ['admin', 'operations', 'risk', 'compliance'],
  /** Read the audit: who decided what; export it with its proofs. */
  seeAudit: ['admin', 'compliance'],
  /** Change how the platform is connected: instruments, providers, feeds, listeners, FIX clients. */
  configure: ['admin', 'operations'],
  /** Change who may risk what: firms, limits and tiers. */
  setLimits: ['admin', 'risk'],
  /** Users: their roles, invitations and sessions. */
  administer: ['admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
export type Permission = keyof typeof permissions;

export const permissionNames = Object.keys(permissions) as [Permission, ...Permission[]];
/** Those that a user's document may give beyond his role. */
export const grantable = ['seeProviders'] as const satisfies readonly Permission[];

/** What changing a document of this kind needs. */
export const changeNeeds = {
  instrument: 'configure',
  venue: 'configure',
  feed: 'configure',
  listener: 'configure',
  fixClient: 'configure',
  tier: 'setLimits',
  firm: 'setLimits',
  limit: 'setLimits',
  user: 'administer',
} as const satisfies Readonly<Record<DocumentKind, Permission>>;

/** Who asks. `scope`: what comes by a key has of its user's rights these only. */
export interface RightsHolder extends Pick<UserDocument, 'role' | 'grants'> {
  readonly scope?: readonly Permission[];
}

export const may = ({ role, grants, scope }: RightsHolder, right: Permission): boolean =>
  (scope === undefined || scope.includes(right)) &&
  ((permissions[right] as readonly Role[]).includes(role) ||
    (grants as readonly Permission[] | undefined)?.includes(right) === true);

export const permissionsOf = (user: RightsHolder): Permission[] =>
  permissionNames.filter((right) => may(user, right));

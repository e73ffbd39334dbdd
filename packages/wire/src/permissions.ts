/**
 * Who may do what: the one table that REST, the stream and the desk ask. A right is a role's, or a user's by
 * his document where it can be granted.
 */
import type { Role, UserDocument } from './configuration.ts';

export const permissions = {
  /** Send, change and cancel orders of one's firm. */
  trade: ['admin', 'trader'],
  /** Kill switch, raw messages, what belongs to no firm. */
  operate: ['admin'],
  /** Names, states and counters of liquidity providers: on prices, executions, sessions and events. */
  seeProviders: ['admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
export type Permission = keyof typeof permissions;

export const permissionNames = Object.keys(permissions) as [Permission, ...Permission[]];
/** Those that a user's document may give beyond his role. */
export const grantable = ['seeProviders'] as const satisfies readonly Permission[];

export const may = ({ role, grants }: Pick<UserDocument, 'role' | 'grants'>, right: Permission): boolean =>
  (permissions[right] as readonly Role[]).includes(role) ||
  (grants as readonly Permission[] | undefined)?.includes(right) === true;

export const permissionsOf = (user: Pick<UserDocument, 'role' | 'grants'>): Permission[] =>
  permissionNames.filter((right) => may(user, right));

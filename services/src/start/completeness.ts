/**
 * What the configuration lacks for the services of this process to do anything: found at a first start, and
 * said until somebody has given it.
 */
import type { ServiceName } from '@tidegate/platform/configuration/settings.kinds';
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';

type Needed = Pick<ConfigurationSnapshot, 'firms' | 'listeners' | 'users' | 'venues'>;

/** Undefined: nothing. */
export function missingFrom(
  { firms, listeners, users, venues }: Needed,
  services: readonly ServiceName[],
): string | undefined {
  const needs: readonly (readonly [ServiceName, boolean, string])[] = [
    ['api', [...users.values()].some(({ disabled }) => !disabled), 'no user can sign in'],
    ['oms', firms.size > 0, 'no firm may trade'],
    ['gateway', [...listeners.values()].some(({ enabled }) => enabled), 'no listener is open to clients'],
    ['gateway', [...venues.values()].some(({ enabled }) => enabled), 'no provider is enabled'],
  ];
  const missing = needs.filter(([service, isThere]) => services.includes(service) && !isThere);
  return missing.length === 0 ? undefined : missing.map(([, , text]) => text).join(', ');
}

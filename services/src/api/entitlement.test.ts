/** What clients of a firm see of the providers: nothing, unless it was granted. */
import type { Role, UserDocument } from '@tidegate/wire/configuration';
import { permissionNames, may, permissionsOf } from '@tidegate/wire/permissions';
import type { ExecutionView } from '@tidegate/wire/orders';
import { describe, expect, it } from 'vitest';
import { executionFor, eyesOf, maySee, maySeeEvent } from './entitlement.ts';
import type { Identity } from './identity.ts';

const eyes = (role: Role, grants?: UserDocument['grants']) =>
  eyesOf({ user: { role, firm: 'acme', grants } } as unknown as Identity);
const everybody = [eyes('viewer'), eyes('trader'), eyes('trader', ['seeProviders']), eyes('admin')];

describe('rights', () => {
  it('come of the role, and beyond it of the document', () => {
    expect(permissionsOf({ role: 'viewer' })).toEqual([]);
    expect(permissionsOf({ role: 'trader', grants: ['seeProviders'] })).toEqual([
      'trade',
      'cancel',
      'answerAlerts',
      'seeProviders',
    ]);
    expect(permissionsOf({ role: 'admin' })).toEqual(permissionNames);
    expect(may({ role: 'trader' }, 'operate')).toBe(false);
  });
});

describe('providers', () => {
  it('have sessions that only who has the right sees; a client sees its own', () => {
    const clients = new Map([['c', { firm: 'acme' }]]);
    const seen = (side: 'venue' | 'client', counterparty: string) =>
      everybody.map((one) => maySee(one, { side, counterparty }, clients));
    expect(seen('venue', 'alpha')).toEqual([false, false, true, true]);
    expect(seen('client', 'c')).toEqual([true, true, true, true]);
    expect(seen('client', 'other')).toEqual([false, false, false, true]);
  });

  it('have events of a firm that only who has the right sees', () => {
    const venues = new Map([['alpha', {}]]);
    const seen = (subject: string, firm?: string) =>
      everybody.map((one) => maySeeEvent(one, { subject, ...(firm === undefined ? {} : { firm }) }, venues));
    expect(seen('alpha', 'acme')).toEqual([false, false, true, true]);
    expect(seen('acme', 'acme')).toEqual([true, true, true, true]);
    expect(seen('acme')).toEqual([false, false, false, true]);
  });

  it('are not named on executions', () => {
    const execution = { execId: 'e', venue: 'alpha', venueExecId: 'a1' } as ExecutionView;
    expect(everybody.map((one) => executionFor(one, execution).venue)).toEqual(['', '', 'alpha', 'alpha']);
    expect(executionFor(everybody[0]!, execution)).toEqual({ execId: 'e', venue: '', venueExecId: '' });
  });
});

/** Invitations: good for one user, for their time, by their token alone. */
import { describe, expect, it } from 'vitest';
import { invitedUser, isInvited, newInvitation } from './invitations.ts';

describe('an invitation', () => {
  const { token, invitation } = newInvitation('ann', 1_000);
  const user = { invitation, disabled: false };

  it('lets in by its token, until its end', () => {
    expect(invitedUser(token)).toBe('ann');
    expect(isInvited(user, token, 999)).toBe(true);
    expect(isInvited(user, token, 1_000)).toBe(false);
  });

  it('lets in nobody else', () => {
    const other = newInvitation('ann', 1_000).token;
    for (const wrong of [other, '', 'ann.', 'ann', `${token}x`, token.slice(0, -1), invitation.tokenHash])
      expect([wrong, isInvited(user, wrong, 1)]).toEqual([wrong, false]);
    expect(isInvited({ ...user, disabled: true }, token, 1)).toBe(false);
    expect(isInvited({ disabled: false }, token, 1)).toBe(false);
    expect(isInvited({ disabled: false }, 'ann.', 1)).toBe(false);
    expect(isInvited(undefined, token, 1)).toBe(false);
  });

  it('does not keep its token', () => {
    expect(JSON.stringify(invitation)).not.toContain(token.slice('ann.'.length));
  });
});

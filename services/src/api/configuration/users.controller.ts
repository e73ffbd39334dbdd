/**
 * Secrets of users and FIX clients: invitations by one-time link, the password that a user gives himself by
 * it, one that is made for a FIX client and shown once, and the end of all of a user's sign-ins.
 */
import { randomBytes } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Ip, Param, Post } from '@nestjs/common';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { hashPassword } from '@tidegate/platform/identity/credentials';
import { invitedUser, isInvited, newInvitation } from '@tidegate/platform/identity/invitations';
import { passwordFault } from '@tidegate/platform/identity/password.rules';
import type { Clock } from '@tidegate/platform/observe/clock';
import { acceptInvitationRequest, endSessionsRequest, reasonRequest } from '@tidegate/wire/changes';
import type { UserDocument } from '@tidegate/wire/configuration';
import type { z } from 'zod';
import { CLOCK, CONFIGURATION } from '../../ports.ts';
import { EventWindow } from '../../event.window.ts';
import { Caller, Needs, Public, type Identity } from '../identity.ts';
import { ApiProblem } from '../problem.ts';
import { ConfigurationChanges } from './changes.ts';

type Reason = z.infer<typeof reasonRequest>;

const invitationMs = 3 * 24 * 3_600_000;
/** Of a FIX client's password: 160 bits. */
const passwordBytes = 20;

@Controller('api/v1')
export class UsersController {
  private readonly configuration: Configuration;
  private readonly changes: ConfigurationChanges;
  private readonly clock: Clock;
  private readonly window: EventWindow;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(ConfigurationChanges) changes: ConfigurationChanges,
    @Inject(CLOCK) clock: Clock,
    @Inject(EventWindow) window: EventWindow,
  ) {
    this.configuration = configuration;
    this.changes = changes;
    this.clock = clock;
    this.window = window;
  }

  /** A new one takes the place of the one before; the present password stays until another is given. */
  @Post('users/:id/invitation')
  @HttpCode(200)
  @Needs('administer')
  async invite(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: reasonRequest }) { reason }: Reason,
  ) {
    const user = this.known(id);
    const expiresAtMs = this.clock.nowMs() + invitationMs;
    const { token, invitation } = newInvitation(user.id, expiresAtMs);
    await this.put(caller.user.id, { ...user, invitation }, reason);
    return { token, expiresAt: new Date(expiresAtMs).toISOString() };
  }

  @Post('users/:id/end-sessions')
  @HttpCode(204)
  @Needs('administer')
  async endSessions(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: endSessionsRequest }) { reason }: Reason,
  ): Promise<void> {
    const user = this.known(id);
    await this.put(caller.user.id, { ...user, tokensValidFromMs: this.clock.nowMs() + 1 }, reason);
  }

  /** The same answer for a token that is wrong, was used, or has run out. */
  @Public()
  @Post('invitations/accept')
  @HttpCode(204)
  async accept(
    @Body({ schema: acceptInvitationRequest })
    { token, password }: z.infer<typeof acceptInvitationRequest>,
    @Ip() address: string,
  ): Promise<void> {
    const id = invitedUser(token);
    const user = this.configuration.current.users.get(id);
    const version = this.configuration.current.versions.get(`user/${id}`);
    if (user === undefined || !isInvited(user, token, this.clock.nowMs())) throw this.notInvited(id, address);
    const fault = passwordFault(password, [user.id, user.name, user.firm]);
    if (fault !== undefined) throw new ApiProblem(422, 'PASSWORD_REFUSED', fault);
    const { invitation: _used, ...rest } = user;
    const body = { ...rest, passwordHash: await hashPassword(password) };
    const change = { kind: 'user', id, body, expectedVersion: version! } as const;
    const result = await this.changes.putSecret(id, change, { reason: 'password given by invitation' });
    if (!('code' in result)) return;
    if (result.code === 'VERSION_CONFLICT') throw this.notInvited(id, address);
    throw await this.changes.problemOf(result);
  }

  /** The client's session that is up stays; its next logon needs the new one. */
  @Post('fix-clients/:id/password')
  @HttpCode(200)
  @Needs('configure')
  async newPassword(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: reasonRequest }) { reason }: Reason,
  ) {
    const { fixClients, versions } = this.configuration.current;
    const client = fixClients.get(id);
    if (client === undefined)
      throw new ApiProblem(404, 'UNKNOWN_DOCUMENT', `no fixClient ${id.slice(0, 64)}`);
    const password = randomBytes(passwordBytes).toString('base64url');
    const body = { ...client, passwordHash: await hashPassword(password) };
    const change = {
      kind: 'fixClient',
      id,
      body,
      expectedVersion: versions.get(`fixClient/${id}`)!,
    } as const;
    const result = await this.changes.putSecret(caller.user.id, change, { reason });
    if ('code' in result) throw await this.changes.problemOf(result);
    return { password, version: result.version };
  }

  private known(id: string): UserDocument {
    const user = this.configuration.current.users.get(id);
    if (user === undefined) throw new ApiProblem(404, 'UNKNOWN_DOCUMENT', `no user ${id.slice(0, 64)}`);
    return user;
  }

  private async put(by: string, body: UserDocument, reason: string): Promise<void> {
    const { id } = body;
    const expectedVersion = this.configuration.current.versions.get(`user/${id}`)!;
    const result = await this.changes.putSecret(by, { kind: 'user', id, body, expectedVersion }, { reason });
    if ('code' in result) throw await this.changes.problemOf(result);
  }

  private notInvited(id: string, address: string): ApiProblem {
    this.window.record(`invitationRefused ${address}`, {
      kind: 'signInRefused',
      severity: 'warning',
      subject: id.slice(0, 64).replace(/[^\x20-\x7e]/g, '?'),
      text: `an invitation that is not good from ${address}`,
    });
    return new ApiProblem(401, 'INVITATION_REFUSED', 'the invitation is wrong, was used or has run out');
  }
}

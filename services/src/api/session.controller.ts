/** Sign-in, its renewal while it is used, sign-out and who am I. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Ip, Post, Res } from '@nestjs/common';
import { networkOf } from '@tidegate/platform/identity/address';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Credentials } from '@tidegate/platform/identity/credentials';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { IssuedToken, Tokens } from '@tidegate/platform/identity/tokens';
import { permissionsOf } from '@tidegate/wire/permissions';
import { loginRequest, type LoginResponse, type MeView } from '@tidegate/wire/rest';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CLOCK, CONFIGURATION, CREDENTIALS, SETTINGS, SYSTEM_EVENTS, TOKENS, VERSION } from '../ports.ts';
import { EventWindow } from '../event.window.ts';
import { Devices } from './devices.ts';
import { assertSignedIn, Caller, Identities, Public, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';
import { SignInAttempts } from './sign.in.attempts.ts';

@Controller('api/v1')
export class SessionController {
  private readonly configuration: Configuration;
  private readonly credentials: Credentials;
  private readonly tokens: Tokens;
  private readonly events: SystemEvents;
  private readonly settings: Settings;
  private readonly version: string;
  private readonly attempts: SignInAttempts;
  private readonly devices: Devices;
  private readonly window: EventWindow;
  private readonly identities: Identities;
  private readonly clock: Clock;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(CREDENTIALS) credentials: Credentials,
    @Inject(TOKENS) tokens: Tokens,
    @Inject(SYSTEM_EVENTS) events: SystemEvents,
    @Inject(SETTINGS) settings: Settings,
    @Inject(VERSION) version: string,
    @Inject(SignInAttempts) attempts: SignInAttempts,
    @Inject(Devices) devices: Devices,
    @Inject(EventWindow) window: EventWindow,
    @Inject(Identities) identities: Identities,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.configuration = configuration;
    this.credentials = credentials;
    this.tokens = tokens;
    this.events = events;
    this.settings = settings;
    this.version = version;
    this.attempts = attempts;
    this.devices = devices;
    this.window = window;
    this.identities = identities;
    this.clock = clock;
  }

  /** The same answer and the same time for an unknown user as for a wrong password (ASVS 6.3.8). */
  @Public()
  @Post('login')
  @HttpCode(200)
  async login(
    @Body({ schema: loginRequest }) { user: id, password }: z.infer<typeof loginRequest>,
    @Ip() address: string,
    @Headers('cookie') cookies: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoginResponse> {
    const shown = await this.devices.shown(cookies, id);
    const device = this.devices.isKnown(shown, this.configuration.current.users.get(id))
      ? shown.id
      : undefined;
    const attempt = await this.attempts.begin({ name: id, address: networkOf(address), device });
    if (attempt === undefined)
      throw new ApiProblem(429, 'SIGN_IN_THROTTLED', 'too many refused sign-ins; wait a minute');
    const user = this.configuration.current.users.get(id);
    const verdict = await this.credentials.verify(password, user?.passwordHash);
    if (verdict === 'busy') {
      await attempt.forgive();
      throw new ApiProblem(503, 'SIGN_IN_BUSY', 'too many sign-ins at once; try again');
    }
    // Both may have changed while it was verified: what counts is whether it holds now.
    const now = this.configuration.current.users.get(id);
    const isKnown = now !== undefined && !now.disabled && now.passwordHash === user?.passwordHash;
    if (!isKnown || verdict !== 'ok') {
      this.window.record(`signInRefused ${networkOf(address)}`, {
        kind: 'signInRefused',
        severity: 'warning',
        subject: id.replace(/[^\x20-\x7e]/g, '?'),
        text: `sign-in refused from ${address}`,
      });
      throw new ApiProblem(401, 'SIGN_IN_REFUSED', 'user or password is wrong');
    }
    await attempt.forgive();
    this.events.record({
      kind: 'signIn',
      severity: 'info',
      subject: id,
      text: `signed in from ${address}`,
      firm: now.firm,
    });
    const issued = await this.tokens.issue({ user: now.id, role: now.role, firm: now.firm });
    void reply.header('set-cookie', await this.devices.cookie(now.id, device));
    return this.told(issued);
  }

  /** The next token of a sign-in that is in use; the one that asks stays good for what is under way. */
  @Post('renew')
  @HttpCode(200)
  async renew(@Caller() caller: Identity): Promise<LoginResponse> {
    assertSignedIn(caller);
    const { user, signInId, signedInAtMs } = caller;
    const subject = { user: user.id, role: user.role, firm: user.firm };
    return this.told(await this.tokens.renew(subject, { id: signInId, signedInAtMs }));
  }

  private told({ token, expiresAtMs, endsAtMs }: IssuedToken): LoginResponse {
    const text = (ms: number): string => new Date(ms).toISOString();
    return { token, at: text(this.clock.nowMs()), expiresAt: text(expiresAtMs), endsAt: text(endsAtMs) };
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Caller() caller: Identity): Promise<void> {
    assertSignedIn(caller);
    await this.identities.revoke(caller);
  }

  @Get('me')
  me(@Caller() { user }: Identity): MeView {
    const firm = this.configuration.current.firms.get(user.firm);
    return {
      user: user.id,
      name: user.name,
      role: user.role,
      permissions: permissionsOf(user),
      firm: user.firm,
      account: user.account,
      accounts: firm?.accounts.map(({ id, name }) => ({ id, name })) ?? [],
      tier: firm?.tier ?? '',
      version: this.version,
      profile: this.settings.profile,
    };
  }
}

/** Keys of programs: made by an administrator for users of the role service, listed and revoked. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { isCidr } from '@tidegate/platform/identity/address';
import { newApiKey } from '@tidegate/platform/identity/api.key.text';
import type { ApiKeys } from '@tidegate/platform/identity/api.keys';
import type { Clock } from '@tidegate/platform/observe/clock';
import {
  apiKeyLimits,
  createApiKeyRequest,
  revokeApiKeyRequest,
  type ApiKeyView,
  type CreateApiKeyRequest,
  type NewApiKeyAnswer,
} from '@tidegate/wire/api.keys';
import type { UserDocument } from '@tidegate/wire/configuration';
import { may } from '@tidegate/wire/permissions';
import { API_KEYS, CLOCK, CONFIGURATION } from '../ports.ts';
import { signInIdOfKey } from './api.key.check.ts';
import { Caller, Identities, Needs, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

const dayMs = 24 * 3_600_000;

@Controller('api/v1')
export class ApiKeysController {
  private readonly keys: ApiKeys;
  private readonly configuration: Configuration;
  private readonly identities: Identities;
  private readonly clock: Clock;

  constructor(
    @Inject(API_KEYS) keys: ApiKeys,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(Identities) identities: Identities,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.keys = keys;
    this.configuration = configuration;
    this.identities = identities;
    this.clock = clock;
  }

  @Get('users/:id/keys')
  @Needs('administer')
  list(@Param('id') id: string): Promise<readonly ApiKeyView[]> {
    return this.keys.of(this.known(id).id);
  }

  @Post('users/:id/keys')
  @HttpCode(201)
  @Needs('administer')
  async create(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: createApiKeyRequest }) body: CreateApiKeyRequest,
  ): Promise<NewApiKeyAnswer> {
    const user = this.known(id);
    assertKeyFor(user, body);
    const { text: key, ...kept } = newApiKey();
    const createdAtMs = this.clock.nowMs();
    const { name, rights, addresses, days } = body;
    const details = await this.keys.create({
      ...kept,
      ...{ user: user.id, name, rights, addresses, by: caller.user.id },
      ...{ createdAtMs, expiresAtMs: createdAtMs + days * dayMs },
    });
    if (details === undefined)
      throw new ApiProblem(409, 'KEY_COUNT', `${user.id} has ${apiKeyLimits.perUser} good keys: revoke one`);
    return { key, details };
  }

  /** In SQL first; what it has told to every process within seconds holds when it answers. */
  @Post('keys/:id/revoke')
  @HttpCode(204)
  @Needs('administer')
  async revoke(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: revokeApiKeyRequest }) _body: unknown,
  ): Promise<void> {
    const key = await this.keys.revoke(id, caller.user.id, this.clock.nowMs());
    if (key === undefined) throw new ApiProblem(404, 'UNKNOWN_KEY', `no key ${id.slice(0, 64)}`);
    const { expiresAtMs } = key;
    await this.identities.revoke({ signInId: signInIdOfKey(id), expiresAtMs, endsAtMs: expiresAtMs });
  }

  private known(id: string): UserDocument {
    const user = this.configuration.current.users.get(id);
    if (user === undefined) throw new ApiProblem(404, 'UNKNOWN_DOCUMENT', `no user ${id.slice(0, 64)}`);
    return user;
  }
}

/** Throws ApiProblem 422. */
function assertKeyFor(user: UserDocument, { rights, addresses }: CreateApiKeyRequest): void {
  if (user.role !== 'service' || user.disabled)
    throw new ApiProblem(422, 'KEY_OWNER', 'keys are for users of the role service that are not disabled');
  const beyond = rights.filter((right) => !may(user, right));
  if (beyond.length > 0)
    throw new ApiProblem(422, 'KEY_RIGHTS', `${user.id} does not have ${beyond.join(', ')}`);
  const malformed = addresses.filter((address) => !isCidr(address));
  if (malformed.length > 0)
    throw new ApiProblem(422, 'KEY_ADDRESSES', `neither address nor network: ${malformed.join(', ')}`);
}

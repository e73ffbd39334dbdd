/**
 * The kill switch by scope: what it would cancel, the stop itself, what is left, and its release. The owner
 * of each firm decides; one that does not answer keeps none of the others from it.
 */
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import type { StopScope } from '@tidegate/core/order/stop.event';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import {
  openViewOf,
  releaseStopRequest,
  stopPreviewRequest,
  stopRequest,
  type ReleaseStopRequest,
  type StopOutcome,
  type StopPreviewRequest,
  type StopRequest,
  type StopsAnswer,
  type StopView,
} from '@tidegate/wire/stops';
import { stopsTopic } from '@tidegate/wire/topics';
import { BUS, COMMANDS, CONFIGURATION } from '../ports.ts';
import { eyesOf } from './entitlement.ts';
import { Caller, firmOf, Needs, Unthrottled, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

const answerMs = 1_000;

@Controller('api/v1')
export class StopsController {
  private readonly bus: Bus;
  private readonly commands: Commands;
  private readonly configuration: Configuration;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(COMMANDS) commands: Commands,
    @Inject(CONFIGURATION) configuration: Configuration,
  ) {
    this.bus = bus;
    this.commands = commands;
    this.configuration = configuration;
  }

  /** Of one's firm, or of all; stops of providers for those who may see providers. */
  @Get('stops')
  async list(@Caller() caller: Identity): Promise<readonly StopView[]> {
    const own = firmOf(caller);
    const { seesProviders } = eyesOf(caller);
    const answers = await Promise.all(
      this.firmsOf(own).map(async (firm) => {
        const { stops } = await this.ask(firm).catch(() => {
          throw new ApiProblem(503, 'STOPS_UNKNOWN', `the owner of ${firm} does not answer; ask again`);
        });
        return stops
          .filter(({ stop: { scope } }) => seesProviders || scope.provider === undefined)
          .map(({ stop: { atMs, ...stop }, open }) => ({
            ...{ firm, ...stop, at: new Date(atMs).toISOString() },
            open: openViewOf(open, seesProviders),
          }));
      }),
    );
    return answers.flat();
  }

  @Post('stops/preview')
  @HttpCode(200)
  @Unthrottled()
  @Needs('halt')
  async preview(
    @Body({ schema: stopPreviewRequest }) body: StopPreviewRequest,
  ): Promise<readonly StopOutcome[]> {
    const scope = scopeOf(body.scope);
    return Promise.all(
      this.firmsOf(body.firm).map(async (firm) => {
        const { open } = await this.openIn(firm, scope);
        return { firm, isConfirmed: open !== null, orders: open?.orders ?? null, open };
      }),
    );
  }

  /** Each firm on its own; who does not confirm is named so in the answer, and is to be asked again. */
  @Post('stops')
  @HttpCode(200)
  @Unthrottled()
  @Needs('halt')
  async stop(
    @Caller() { user }: Identity,
    @Body({ schema: stopRequest }) body: StopRequest,
  ): Promise<readonly StopOutcome[]> {
    const scope = scopeOf(body.scope);
    const commandId = `${user.id}:stop:${randomUUID()}`;
    const { stop, reason } = body;
    const command = { kind: 'setStop', commandId, by: user.id, reason, scope, stop } as const;
    return Promise.all(
      this.firmsOf(body.firm).map(async (firm) => {
        const reply = await this.commands.send(firm, command).catch(() => undefined);
        if (reply?.result === 'done' && reply.refusal !== undefined)
          throw new ApiProblem(422, reply.refusal.code, `${firm}: ${reply.refusal.text}`);
        if (reply?.result !== 'done') return { firm, isConfirmed: false, orders: null, open: null };
        const later = reply.isSpooled === true ? { isJournaled: false } : {};
        return { firm, isConfirmed: true, ...later, ...(await this.openIn(firm, scope)) };
      }),
    );
  }

  @Post('stops/releases')
  @HttpCode(204)
  @Needs('release')
  async release(
    @Caller() { user }: Identity,
    @Body({ schema: releaseStopRequest }) { firm, reason, ...body }: ReleaseStopRequest,
  ): Promise<void> {
    this.firmsOf(firm);
    const commandId = `${user.id}:releaseStop:${randomUUID()}`;
    const command = {
      kind: 'releaseStop',
      commandId,
      by: user.id,
      reason,
      scope: scopeOf(body.scope),
    } as const;
    const reply = await this.commands.send(firm, command);
    if (reply.result === 'unavailable') throw new ApiProblem(503, reply.code, reply.text);
  }

  private firmsOf(firm: string | undefined): readonly string[] {
    const { firms } = this.configuration.current;
    if (firm === undefined) return [...firms.keys()];
    if (!firms.has(firm)) throw new ApiProblem(422, 'UNKNOWN_FIRM', `no firm ${firm}`);
    return [firm];
  }

  private ask(firm: string, scope?: StopScope): Promise<StopsAnswer> {
    const question = { partition: firm, ...(scope === undefined ? {} : { scope }) };
    return this.bus.request(stopsTopic(firm), question, { timeoutMs: answerMs });
  }

  private async openIn(firm: string, scope: StopScope): Promise<Pick<StopOutcome, 'orders' | 'open'>> {
    const { stops, open } = await this.ask(firm, scope).catch((): StopsAnswer => ({ stops: [] }));
    return {
      orders: stops[0]?.stop.orders ?? null,
      open: open === undefined ? null : openViewOf(open, true),
    };
  }
}

/** Without what is not given, so that equal scopes are equal. */
function scopeOf(given: StopRequest['scope']): StopScope {
  return Object.fromEntries(Object.entries(given).filter(([, field]) => field !== undefined));
}

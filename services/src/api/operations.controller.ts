/** Leases, system events and the trading state (kill switch and its release). */
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Leases } from '@tidegate/platform/lease/leases';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { LeaseView } from '@tidegate/wire/leases';
import { journalLossRequest, tradingStateRequest, type TradingStateView } from '@tidegate/wire/rest';
import { stateTopic } from '@tidegate/wire/topics';
import { z } from 'zod';
import { BUS, CLOCK, COMMANDS, CONFIGURATION, LEASES, SYSTEM_EVENTS } from '../ports.ts';
import { eyesOf } from './entitlement.ts';
import { assertMay, Caller, firmOf, Needs, Unthrottled, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

const eventsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(200).optional(),
});

const stateMs = 3_000;
const lossMs = 10_000;

@Controller('api/v1')
export class OperationsController {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly commands: Commands;
  private readonly configuration: Configuration;
  private readonly leases: Leases;
  private readonly systemEvents: SystemEvents;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(CLOCK) clock: Clock,
    @Inject(COMMANDS) commands: Commands,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(LEASES) leases: Leases,
    @Inject(SYSTEM_EVENTS) systemEvents: SystemEvents,
  ) {
    this.bus = bus;
    this.clock = clock;
    this.commands = commands;
    this.configuration = configuration;
    this.leases = leases;
    this.systemEvents = systemEvents;
  }

  /** Of all processes together, as the database has it now. */
  @Get('leases')
  @Needs('inspect')
  async owned(): Promise<readonly LeaseView[]> {
    const nowMs = this.clock.nowMs();
    const rows = await this.leases.list();
    return rows.map(({ kind, resource, instance, isLive, epoch, sinceMs, why }) => ({
      kind,
      resource,
      ...(instance === undefined ? {} : { instance }),
      isLive,
      epoch,
      since: new Date(nowMs - sinceMs).toISOString(),
      why,
    }));
  }

  @Get('events')
  events(
    @Caller() caller: Identity,
    @Query({ schema: eventsQuery }) { limit, before }: z.infer<typeof eventsQuery>,
  ) {
    const { firm, seesProviders } = eyesOf(caller);
    return this.systemEvents.list({
      limit,
      ...(before === undefined ? {} : { before }),
      ...(firm === undefined ? {} : { firm }),
      ...(seesProviders ? {} : { exceptSubjects: [...this.configuration.current.venues.keys()] }),
    });
  }

  /** Trading state per firm, as its owner has it now; `unknown` when the owner does not answer. */
  @Get('trading-state')
  async states(@Caller() caller: Identity): Promise<readonly TradingStateView[]> {
    const own = firmOf(caller);
    const firms = [...this.configuration.current.firms.keys()].filter(
      (firm) => own === undefined || firm === own,
    );
    return Promise.all(
      firms.map(async (firm) => {
        try {
          const asked = this.bus.request(stateTopic(firm), { partition: firm }, { timeoutMs: stateMs });
          return { firm, ...(await asked) };
        } catch {
          return { firm, state: 'unknown' as const };
        }
      }),
    );
  }

  /** After a restore. Its owner cancels what is open; who and why are journaled, too. */
  @Post('journal-losses')
  @HttpCode(204)
  @Needs('operate')
  async acceptLoss(
    @Caller() { user }: Identity,
    @Body({ schema: journalLossRequest }) { firm, reason }: z.infer<typeof journalLossRequest>,
  ): Promise<void> {
    if (!this.configuration.current.firms.has(firm))
      throw new ApiProblem(422, 'UNKNOWN_FIRM', `no firm ${firm}`);
    const commandId = `${user.id}:journalLoss:${randomUUID()}`;
    const command = { kind: 'acceptLoss', commandId, by: user.id, reason } as const;
    const reply = await this.commands.send(firm, command, lossMs).catch(() => undefined);
    if (reply?.result !== 'done')
      throw new ApiProblem(503, 'LOSS_UNCONFIRMED', 'its owner did not answer; ask for it again');
    const text = `a loss of its journal is accepted by ${user.id}, its open orders are canceled: ${reason}`;
    this.systemEvents.record({ kind: 'journalLossAccepted', severity: 'warning', subject: firm, text });
  }

  /** Each firm is asked on its own: one that does not confirm keeps none of the others from it. */
  @Post('trading-state')
  @HttpCode(200)
  @Unthrottled()
  @Needs('halt')
  async change(
    @Caller() caller: Identity,
    @Body({ schema: tradingStateRequest }) body: z.infer<typeof tradingStateRequest>,
  ): Promise<readonly TradingStateView[]> {
    const { user } = caller;
    if (body.state === 'active') assertMay(caller, 'release');
    const { firms } = this.configuration.current;
    if (body.firm !== undefined && !firms.has(body.firm))
      throw new ApiProblem(422, 'UNKNOWN_FIRM', `no firm ${body.firm.slice(0, 64)}`);
    const targets = body.firm === undefined ? [...firms.keys()] : [body.firm];
    const commandId = `${user.id}:tradingState:${randomUUID()}`;
    const replies = await Promise.allSettled(
      targets.map((firm) =>
        this.commands.send(firm, {
          kind: 'setTradingState',
          commandId,
          by: user.id,
          reason: body.reason,
          state: body.state,
        }),
      ),
    );
    const failed = targets.filter((_, index) => {
      const reply = replies[index]!;
      return reply.status === 'rejected' || reply.value.result !== 'done';
    });
    if (failed.length > 0)
      throw new ApiProblem(503, 'TRADING_STATE_UNCONFIRMED', `not confirmed for ${failed.join(', ')}`);
    return targets.map((firm, index) => {
      const reply = replies[index]!;
      const isSpooled =
        reply.status === 'fulfilled' && reply.value.result === 'done' && reply.value.isSpooled;
      return { firm, state: body.state, ...(isSpooled === true ? { isJournaled: false } : {}) };
    });
  }
}

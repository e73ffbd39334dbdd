/**
 * Limits as they stand, what an order would do to them, and the release of one that has disabled its
 * subject. The partition's owner answers: a client is told of its own firm, risk officers of all.
 */
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { Proposal } from '@tidegate/core/risk/risk';
import type { LimitPreview } from '@tidegate/core/risk/standing';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import {
  previewRequest,
  releaseLimitRequest,
  standingViewOf,
  type LimitPreviewView,
  type LimitStandingView,
  type PreviewRequest,
  type RiskAnswer,
} from '@tidegate/wire/risk';
import { riskTopic } from '@tidegate/wire/topics';
import type { z } from 'zod';
import { BUS, COMMANDS, CONFIGURATION } from '../ports.ts';
import { eyesOf } from './entitlement.ts';
import { Caller, firmOf, Needs, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

const answerMs = 3_000;

@Controller('api/v1/risk')
export class RiskController {
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

  /** Those nearest to their maximum first. */
  @Get('limits')
  async limits(@Caller() caller: Identity): Promise<readonly LimitStandingView[]> {
    const own = firmOf(caller);
    const firms = own === undefined ? [...this.configuration.current.firms.keys()] : [own];
    const { seesProviders } = eyesOf(caller);
    const answers = await Promise.all(
      firms.map(async (firm) => {
        const { standings } = await this.ask(firm);
        return standings
          .filter(({ isProvider }) => seesProviders || !isProvider)
          .map((standing) => standingViewOf(firm, standing));
      }),
    );
    return answers.flat().toSorted((one, other) => (other.percent ?? 101) - (one.percent ?? 101));
  }

  /** Of an order of the caller's; nothing is sent, and nothing reserved. */
  @Post('preview')
  @HttpCode(200)
  @Needs('trade')
  async preview(
    @Caller() { user }: Identity,
    @Body({ schema: previewRequest }) body: PreviewRequest,
  ): Promise<readonly LimitPreviewView[]> {
    const { firm } = user;
    const { standings } = await this.ask(firm, this.proposalOf(user, body));
    return standings.map((one) => {
      const { after, refusal } = one as LimitPreview;
      return { ...standingViewOf(firm, one), after: after ?? null, refusal: refusal ?? null };
    });
  }

  @Post('releases')
  @HttpCode(204)
  @Needs('release')
  async release(
    @Caller() { user }: Identity,
    @Body({ schema: releaseLimitRequest }) body: z.infer<typeof releaseLimitRequest>,
  ): Promise<void> {
    const { firm, limit, subject, reason } = body;
    if (!this.configuration.current.firms.has(firm))
      throw new ApiProblem(422, 'UNKNOWN_FIRM', `no firm ${firm}`);
    const commandId = `${user.id}:releaseLimit:${randomUUID()}`;
    const command = { kind: 'releaseLimit', commandId, by: user.id, reason, limit, subject } as const;
    const reply = await this.commands.send(firm, command);
    if (reply.result === 'unavailable') throw new ApiProblem(503, reply.code, reply.text);
  }

  private async ask(firm: string, proposal?: Proposal): Promise<RiskAnswer> {
    const question = { partition: firm, ...(proposal === undefined ? {} : { proposal }) };
    try {
      return await this.bus.request(riskTopic(firm), question, { timeoutMs: answerMs });
    } catch {
      throw new ApiProblem(503, 'LIMITS_UNKNOWN', `the owner of ${firm} does not answer; ask again`);
    }
  }

  private proposalOf({ id, account }: Identity['user'], body: PreviewRequest): Proposal {
    const instrument = this.configuration.current.instruments.get(body.instrument);
    if (instrument === undefined)
      throw new ApiProblem(422, 'UNKNOWN_INSTRUMENT', `no instrument ${body.instrument}`);
    const quantity = parseDecimal(body.quantity, instrument.quantityScale);
    if (quantity === undefined)
      throw new ApiProblem(422, 'QUANTITY_STEP', 'the quantity is finer than its instrument has it');
    const price = body.price === undefined ? undefined : parseDecimal(body.price, instrument.priceScale);
    return {
      account: body.account ?? account,
      trader: id,
      session: id,
      instrument: instrument.id,
      side: body.side,
      type: price === undefined ? 'market' : 'limit',
      price,
      quantity,
      added: quantity,
      forcedVenue: undefined,
      isNew: true,
      timeInForce: 'ioc',
    };
  }
}

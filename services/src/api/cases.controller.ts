/**
 * Cases: what venues said that could not be booked as it stands. Operators list them and answer: book what is
 * proposed, correct it, or dismiss it. The answer is decided and journaled by the partition's owner.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { CaseAction, ResolveCase } from '@tidegate/core/order/case';
import { parseDecimal } from '@tidegate/core/number/decimal';
import { parseCaseId } from '@tidegate/core/number/ids';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { Projection } from '@tidegate/platform/journal/projection';
import {
  caseAnswerRequest,
  type CaseAnswer,
  type CaseAnswerRequest,
  type CaseView,
} from '@tidegate/wire/cases';
import { permissions } from '@tidegate/wire/permissions';
import { z } from 'zod';
import { COMMANDS, PROJECTION } from '../ports.ts';
import { Caller, Roles, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

const listQuery = z.object({
  open: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(200).optional(),
});

const statusOf: Readonly<Record<string, number>> = { UNKNOWN_CASE: 404, CASE_CLOSED: 409 };

@Controller('api/v1')
export class CasesController {
  private readonly commands: Commands;
  private readonly projection: Projection;

  constructor(@Inject(COMMANDS) commands: Commands, @Inject(PROJECTION) projection: Projection) {
    this.commands = commands;
    this.projection = projection;
  }

  @Get('cases')
  @Roles(...permissions.operate)
  list(@Query({ schema: listQuery }) { open, limit, before }: z.infer<typeof listQuery>) {
    return this.projection.cases({
      limit,
      open: open === 'true',
      ...(before === undefined ? {} : { before }),
    });
  }

  @Get('cases/:id')
  @Roles(...permissions.operate)
  async one(@Param('id') id: string): Promise<CaseView> {
    const found = await this.projection.case(id);
    if (found === undefined) throw unknown(id);
    return found;
  }

  @Post('cases/:id/book')
  @Roles(...permissions.operate)
  @HttpCode(200)
  book(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: caseAnswerRequest }) answer: CaseAnswerRequest,
  ): Promise<CaseAnswer> {
    return this.resolve(caller, id, 'book', answer);
  }

  @Post('cases/:id/correct')
  @Roles(...permissions.operate)
  @HttpCode(200)
  async correct(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: caseAnswerRequest }) answer: CaseAnswerRequest,
  ): Promise<CaseAnswer> {
    const { priceScale, quantityScale } = await this.one(id);
    const quantity = amount(answer.quantity, quantityScale, 'quantity');
    const price = amount(answer.price, priceScale, 'price');
    return this.resolve(caller, id, 'correct', answer, {
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { price }),
    });
  }

  @Post('cases/:id/dismiss')
  @Roles(...permissions.operate)
  @HttpCode(200)
  dismiss(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: caseAnswerRequest }) answer: CaseAnswerRequest,
  ): Promise<CaseAnswer> {
    return this.resolve(caller, id, 'dismiss', answer);
  }

  /** The same answer by the same user again has the same result. */
  private async resolve(
    { user }: Identity,
    caseId: string,
    action: CaseAction,
    { reason }: CaseAnswerRequest,
    amounts: Pick<ResolveCase, 'quantity' | 'price'> = {},
  ): Promise<CaseAnswer> {
    const partition = parseCaseId(caseId)?.partition;
    // Its partition must be one that has an owner: a command to any other would wait for nobody.
    if (partition === undefined || (await this.projection.case(caseId)) === undefined) throw unknown(caseId);
    const commandId = `${caseId}:${action}:${user.id}`;
    const reply = await this.commands.send(partition, {
      kind: 'resolveCase',
      commandId,
      caseId,
      by: user.id,
      reason,
      action,
      ...amounts,
    });
    if (reply.result === 'unavailable') throw new ApiProblem(503, reply.code, reply.text);
    const { refusal, sequence } = reply;
    if (refusal !== undefined)
      throw new ApiProblem(statusOf[refusal.code] ?? 422, refusal.code, refusal.text);
    return { caseId, sequence };
  }
}

const unknown = (id: string): ApiProblem =>
  new ApiProblem(404, 'UNKNOWN_CASE', `case ${id.slice(0, 100)} is not known`);

function amount(text: string | undefined, scale: number | null, what: string): number | undefined {
  if (text === undefined) return undefined;
  const read = scale === null ? undefined : parseDecimal(text, scale);
  if (read === undefined) {
    const fits = scale === null ? 'is of no order that we know' : `has at most ${scale} decimals`;
    throw new ApiProblem(422, 'CASE_AMOUNT', `the ${what} of this case ${fits}`);
  }
  return read;
}

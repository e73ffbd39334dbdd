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
  caseListQuery,
  type CaseAnswer,
  type CaseAnswerRequest,
  type CaseDetail,
  type CaseListQuery,
  type CaseView,
} from '@tidegate/wire/cases';
import type { ExecutionView } from '@tidegate/wire/orders';
import { rawFields } from '@tidegate/wire/raw.message';
import { COMMANDS, PROJECTION } from '../ports.ts';
import { Caller, Needs, type Identity } from './identity.ts';
import { OrderLookup } from './order.lookup.ts';
import { ApiProblem } from './problem.ts';

/** ExecRefID. */
const execRefId = 19;
const statusOf: Readonly<Record<string, number>> = { UNKNOWN_CASE: 404, CASE_CLOSED: 409 };

@Controller('api/v1')
export class CasesController {
  private readonly commands: Commands;
  private readonly projection: Projection;
  private readonly lookup: OrderLookup;

  constructor(
    @Inject(COMMANDS) commands: Commands,
    @Inject(PROJECTION) projection: Projection,
    @Inject(OrderLookup) lookup: OrderLookup,
  ) {
    this.commands = commands;
    this.projection = projection;
    this.lookup = lookup;
  }

  @Get('cases')
  @Needs('inspect')
  list(@Query({ schema: caseListQuery }) { open, ...query }: CaseListQuery) {
    return this.projection.cases(open === 'true' ? { ...query, state: 'open' } : query);
  }

  @Get('cases/:id')
  @Needs('inspect')
  async one(@Param('id') id: string): Promise<CaseDetail> {
    const found = await this.find(id);
    const { firm, orderId } = found;
    const order = orderId === null ? undefined : await this.lookup.find(orderId, firm);
    if (order === undefined) return { ...found, order: null, position: null, execution: null };
    const [positions, execution] = await Promise.all([
      this.projection.positions({ firm, account: order.account }),
      this.meant(found, order.orderId),
    ]);
    const position = positions.find(({ instrument }) => instrument === order.instrument);
    return { ...found, order, position: position ?? null, execution: execution ?? null };
  }

  private async find(id: string): Promise<CaseView> {
    const found = await this.projection.case(id);
    if (found === undefined) throw unknown(id);
    return found;
  }

  /** What is booked of the fill that the message names with ExecRefID(19). */
  private meant({ firm, action, raw }: CaseView, orderId: string): Promise<ExecutionView | undefined> {
    const named = rawFields(raw ?? '').find(({ tag }) => tag === execRefId)?.value;
    const isMeant = named !== undefined && (action === 'bust' || action === 'correct');
    return isMeant ? this.projection.executionOf(firm, orderId, named) : Promise.resolve(undefined);
  }

  @Post('cases/:id/book')
  @Needs('operate')
  @HttpCode(200)
  book(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: caseAnswerRequest }) answer: CaseAnswerRequest,
  ): Promise<CaseAnswer> {
    return this.resolve(caller, id, 'book', answer);
  }

  @Post('cases/:id/correct')
  @Needs('operate')
  @HttpCode(200)
  async correct(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: caseAnswerRequest }) answer: CaseAnswerRequest,
  ): Promise<CaseAnswer> {
    const { priceScale, quantityScale } = await this.find(id);
    const quantity = amount(answer.quantity, quantityScale, 'quantity');
    const price = amount(answer.price, priceScale, 'price');
    return this.resolve(caller, id, 'correct', answer, {
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { price }),
    });
  }

  @Post('cases/:id/dismiss')
  @Needs('operate')
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

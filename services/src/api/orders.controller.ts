/** Orders by REST: they join the order journey at `order.command`, like those of FIX clients. */
import { createHash, randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { Command, MeantOrder, ReplaceOrder, SubmitOrder } from '@tidegate/core/order/order';
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { Instrument } from '@tidegate/core/market/instrument';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Projection } from '@tidegate/platform/journal/projection';
import type { CommandReply } from '@tidegate/wire/commands';
import { idText } from '@tidegate/wire/decimals';
import {
  cancelAllRequest,
  cancelOrderRequest,
  replaceOrderRequest,
  submitOrderRequest,
  type CancelAllResult,
  type OpenOrderCounts,
  type OrderResult,
  type OrderView,
  type SubmitOrderRequest,
} from '@tidegate/wire/orders';
import { z } from 'zod';
import { Admission } from '../admission.ts';
import { decideUntil, horizonOf, type Horizon } from '../horizon.ts';
import { CLOCK, COMMANDS, CONFIGURATION, PROJECTION, SETTINGS } from '../ports.ts';
import { executionFor, eyesOf } from './entitlement.ts';
import { Caller, firmOf, Needs, Unthrottled, type Identity } from './identity.ts';
import { OrderLookup } from './order.lookup.ts';
import { ApiProblem } from './problem.ts';

export const orderListQuery = z.object({
  open: z.enum(['true', 'false']).optional(),
  account: idText.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(200).optional(),
});
export const openOrdersQuery = z.object({ account: idText.optional() });
type OrderListQuery = z.infer<typeof orderListQuery>;
const patienceMsMin = 1_000;
const clOrdIdPattern = /^[\x21-\x7e]{1,64}$/;
/** When the user clicked or the program decided; what comes too long after is not dealt. */
const sentAtHeader = 'x-tidegate-sent-at';
type DoneReply = CommandReply & { readonly result: 'done' };
type CancelRequest = z.infer<typeof cancelOrderRequest>;
type ReplaceRequest = z.infer<typeof replaceOrderRequest>;

@Controller('api/v1')
export class OrdersController {
  private readonly commands: Commands;
  private readonly configuration: Configuration;
  private readonly projection: Projection;
  private readonly lookup: OrderLookup;
  private readonly clock: Clock;
  private readonly admission: Admission;
  private readonly horizon: Horizon;

  constructor(
    @Inject(COMMANDS) commands: Commands,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(PROJECTION) projection: Projection,
    @Inject(OrderLookup) lookup: OrderLookup,
    @Inject(CLOCK) clock: Clock,
    @Inject(Admission) admission: Admission,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.commands = commands;
    this.configuration = configuration;
    this.projection = projection;
    this.lookup = lookup;
    this.clock = clock;
    this.admission = admission;
    this.horizon = horizonOf(settings);
  }

  @Get('orders')
  list(@Caller() caller: Identity, @Query({ schema: orderListQuery }) query: OrderListQuery) {
    return this.projection.orders({
      ...page(caller, query),
      ...(query.open === 'true' ? { open: true } : {}),
    });
  }

  @Get('orders/:orderId')
  async one(@Caller() caller: Identity, @Param('orderId') orderId: string): Promise<OrderView> {
    return this.find(caller, orderId);
  }

  /** For whoever was not answered: under this name he sent it, and this became of it. */
  @Get('clordids/:clOrdId')
  async byClOrdId(@Caller() { user }: Identity, @Param('clOrdId') clOrdId: string): Promise<OrderView> {
    const found = clOrdIdPattern.test(clOrdId)
      ? await this.lookup.findByClOrdId(user.firm, user.id, clOrdId)
      : 'unknown';
    if (found === 'unknown')
      throw new ApiProblem(404, 'UNKNOWN_ORDER', `nothing came under ClOrdID ${clOrdId.slice(0, 64)}`);
    if (found === 'unconfirmed')
      throw new ApiProblem(503, 'ORDER_UNCONFIRMED', 'the owner of the orders does not answer; ask again');
    return found;
  }

  @Get('executions')
  async executions(@Caller() caller: Identity, @Query({ schema: orderListQuery }) query: OrderListQuery) {
    const { items, next } = await this.projection.executions(page(caller, query));
    const eyes = eyesOf(caller);
    return { items: items.map((execution) => executionFor(eyes, execution)), next };
  }

  @Post('orders')
  @HttpCode(201)
  @Needs('trade')
  async submit(
    @Caller() caller: Identity,
    @Body({ schema: submitOrderRequest }) body: SubmitOrderRequest,
    @Headers('x-tidegate-channel') channel?: string,
    @Headers(sentAtHeader) sentAt?: string,
  ): Promise<OrderResult> {
    const { user } = caller;
    const instrument = this.configuration.current.instruments.get(body.instrument);
    if (instrument === undefined)
      throw new ApiProblem(422, 'UNKNOWN_INSTRUMENT', `no instrument ${body.instrument}`);
    const reply = await this.sendNew(user.firm, user.id, {
      kind: 'submit',
      commandId: `${user.id}:new:${body.clOrdId}:${digest(body)}`,
      origin: { channel: channel === 'ui' ? 'ui' : 'rest', client: user.id },
      account: body.account ?? user.account,
      trader: user.id,
      clOrdId: body.clOrdId,
      instrument: instrument.id,
      side: body.side,
      type: body.type,
      timeInForce: body.timeInForce,
      quantity: inScale(body.quantity, instrument.quantityScale, 'quantity', 'QUANTITY_STEP'),
      ...priceOf('price', body.price, instrument),
      ...priceOf('shownPrice', body.shownPrice, instrument),
      decideUntilMs: this.until({ orderType: body.type, timeInForce: body.timeInForce }, sentAt),
    });
    const orderId = reply.orderId ?? (await this.orderIdOf(caller, body.clOrdId));
    return { orderId, clOrdId: body.clOrdId, sequence: reply.sequence };
  }

  /** Of an order that was sent again so late that its owner has forgotten how it was called. */
  private async orderIdOf({ user }: Identity, clOrdId: string): Promise<string> {
    const found = await this.lookup.findByClOrdId(user.firm, user.id, clOrdId);
    return typeof found === 'string' ? '' : found.orderId;
  }

  @Post('orders/cancel-all')
  @HttpCode(200)
  @Unthrottled()
  @Needs('cancel')
  async cancelAll(
    @Caller() caller: Identity,
    @Body({ schema: cancelAllRequest }) body: z.infer<typeof cancelAllRequest>,
  ): Promise<CancelAllResult> {
    const { user } = caller;
    const scope = body?.scope ?? 'mine';
    if (scope === 'all' && firmOf(caller) !== undefined)
      throw new ApiProblem(403, 'SCOPE_NOT_PERMITTED', 'the orders of every firm are not yours to cancel');
    const firms = scope === 'all' ? [...this.configuration.current.firms.keys()] : [user.firm];
    const key = `${user.id}:cancelAll:${randomUUID()}`;
    const replies = await Promise.all(
      firms.map((firm) =>
        this.ask(firm, {
          kind: 'massCancel',
          commandId: key,
          by: user.id,
          reason: 'cancel all',
          ...(scope === 'mine' ? { client: user.id } : {}),
          ...(scope === 'account' ? { account: body?.account ?? user.account } : {}),
        }),
      ),
    );
    const unanswered = firms.filter((_, at) => replies[at]?.result !== 'done');
    const reply = settled(replies.find(({ result }) => result === 'done') ?? replies[0]!);
    const missing = unanswered.length === 0 ? {} : { unanswered };
    return { sequence: reply.sequence, ...journaledOf(reply), ...missing };
  }

  /** What `cancel-all` would meet, by the tables. */
  @Get('open-orders')
  async openOrders(
    @Caller() caller: Identity,
    @Query({ schema: openOrdersQuery }) query: z.infer<typeof openOrdersQuery>,
  ): Promise<OpenOrderCounts> {
    const { user } = caller;
    const { firm } = user;
    const [mine, account, whole, all] = await Promise.all([
      this.projection.openOrderCount({ firm, client: user.id }),
      this.projection.openOrderCount({ firm, account: query.account ?? user.account }),
      this.projection.openOrderCount({ firm }),
      firmOf(caller) === undefined ? this.projection.openOrderCount({}) : null,
    ]);
    return { mine, account, firm: whole, all };
  }

  @Post('orders/:orderId/cancel')
  @HttpCode(200)
  @Unthrottled()
  @Needs('cancel')
  async cancel(
    @Caller() caller: Identity,
    @Param('orderId') orderId: string,
    @Body({ schema: cancelOrderRequest }) body: CancelRequest,
  ): Promise<OrderResult> {
    const order = known(orderId, await this.lookup.findToCancel(orderId, firmOf(caller)));
    const reply = await this.send(order.firm, {
      kind: 'cancel',
      ...change(caller, order, `cancel:${orderId}:${body.clOrdId}`),
      clOrdId: body.clOrdId,
      origClOrdId: order.clOrdId,
      meant: meantOrder(body),
    });
    return { orderId, clOrdId: body.clOrdId, sequence: reply.sequence, ...journaledOf(reply) };
  }

  @Post('orders/:orderId/replace')
  @HttpCode(200)
  @Needs('trade')
  async replace(
    @Caller() caller: Identity,
    @Param('orderId') orderId: string,
    @Body({ schema: replaceOrderRequest }) body: ReplaceRequest,
    @Headers(sentAtHeader) sentAt?: string,
  ): Promise<OrderResult> {
    const order = await this.find(caller, orderId);
    const instrument = this.configuration.current.instruments.get(order.instrument);
    if (instrument === undefined)
      throw new ApiProblem(422, 'UNKNOWN_INSTRUMENT', `no instrument ${order.instrument}`);
    const reply = await this.sendNew(order.firm, caller.user.id, {
      kind: 'replace',
      ...change(caller, order, `replace:${orderId}:${body.clOrdId}:${digest(body)}`),
      clOrdId: body.clOrdId,
      origClOrdId: order.clOrdId,
      meant: meantOrder(body),
      quantity: inScale(body.quantity, instrument.quantityScale, 'quantity', 'QUANTITY_STEP'),
      ...priceOf('price', body.price, instrument),
      decideUntilMs: this.until('replace', sentAt),
    });
    return { orderId, clOrdId: body.clOrdId, sequence: reply.sequence };
  }

  private async find(caller: Identity, orderId: string): Promise<OrderView> {
    return known(orderId, await this.lookup.find(orderId, firmOf(caller)));
  }

  private until(order: Parameters<typeof decideUntil>[1], sentAt: string | undefined): number {
    const sentMs = sentAt === undefined ? undefined : Date.parse(sentAt);
    if (Number.isNaN(sentMs))
      throw new ApiProblem(400, 'INVALID_REQUEST', `${sentAtHeader}: must be a time such as ISO 8601 has`);
    return decideUntil(this.horizon, order, sentMs, this.clock.nowMs());
  }

  /** Over the user's rates it is answered here, and its ClOrdID is as free as before. */
  private async sendNew(firm: string, id: string, command: SubmitOrder | ReplaceOrder): Promise<DoneReply> {
    const client = { id, firm };
    const refusal = this.admission.refuse(client, undefined);
    if (refusal !== undefined) {
      const { code, text } = refusal;
      this.admission.count(client, code, command.clOrdId);
      throw new ApiProblem(code === 'OVERLOADED' ? 503 : 429, code, text);
    }
    const reply = await this.admission.through(client, () => this.ask(firm, command));
    if (reply.result === 'unavailable') this.admission.count(client, reply.code, command.clOrdId);
    return settled(reply);
  }

  private async send(partition: string, command: Command): Promise<DoneReply> {
    return settled(await this.ask(partition, command));
  }

  private ask(partition: string, command: Command): Promise<CommandReply> {
    const until = 'decideUntilMs' in command ? command.decideUntilMs : undefined;
    // What is late when it comes still gets its refusal from the owner, or the answer that it had in time.
    const patienceMs = until === undefined ? undefined : Math.max(until - this.clock.nowMs(), patienceMsMin);
    return this.commands.send(partition, command, patienceMs);
  }
}

function settled(reply: CommandReply): DoneReply {
  if (reply.result === 'unavailable') throw new ApiProblem(503, reply.code, reply.text);
  if (reply.refusal !== undefined) throw new ApiProblem(422, reply.refusal.code, reply.refusal.text);
  return reply;
}

function known(orderId: string, order: OrderView | undefined): OrderView {
  if (order === undefined) throw new ApiProblem(404, 'UNKNOWN_ORDER', `no order ${orderId.slice(0, 64)}`);
  return order;
}

const journaledOf = ({ isSpooled }: CommandReply & { readonly result: 'done' }) =>
  isSpooled === true ? ({ isJournaled: false } as const) : {};

/** A colleague of the same firm (or an operator) may change an order: it is then found by its OrderID. */
function change({ user }: Identity, { orderId }: OrderView, key: string) {
  return {
    commandId: `${user.id}:${key}`,
    origin: { channel: 'rest', client: user.id },
    orderId,
  } as const;
}

/** What the request says of its order; the owner refuses what is not so. */
function meantOrder({ account, instrument, side, type, timeInForce }: CancelRequest): MeantOrder {
  return {
    ...(account === undefined ? {} : { account }),
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
    ...(type === undefined ? {} : { orderType: type }),
    ...(timeInForce === undefined ? {} : { timeInForce }),
  };
}

/**
 * The same request again has the same key and gets the same answer; another request under its ClOrdID has
 * another key, and is refused as a duplicate.
 */
function digest(body: SubmitOrderRequest | ReplaceRequest): string {
  const terms = Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(terms)).digest('base64url').slice(0, 16);
}

function page(caller: Identity, { limit, before, account }: OrderListQuery) {
  const firm = firmOf(caller);
  return {
    limit,
    ...(before === undefined ? {} : { before }),
    ...(account === undefined ? {} : { account }),
    ...(firm === undefined ? {} : { firm }),
  };
}

function inScale(text: string, scale: number, what: string, code: string): number {
  const value = parseDecimal(text, scale);
  if (value === undefined)
    throw new ApiProblem(422, code, `${what} ${text} has more than ${scale} decimals or is too large`);
  return value;
}

function priceOf<K extends string>(
  name: K,
  text: string | undefined,
  instrument: Instrument,
): { readonly [P in K]?: number } {
  if (text === undefined) return {};
  return { [name]: inScale(text, instrument.priceScale, name, 'PRICE_SCALE') } as {
    readonly [P in K]?: number;
  };
}

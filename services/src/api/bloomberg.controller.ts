/** The Bloomberg feed's status, and reference data of an instrument. */
import { Controller, Get, Inject, Param } from '@nestjs/common';
import type { Bus } from '@tidegate/platform/bus/bus';
import { BusTimeout } from '@tidegate/platform/bus/bus';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import {
  bloombergFeed,
  mayReadFeed,
  type BloombergStatus,
  type BloombergView,
  type ReferenceAnswer,
  type ReferenceView,
} from '@tidegate/wire/bloomberg';
import { referenceTopic } from '@tidegate/wire/topics';
import { may } from '@tidegate/wire/permissions';
import { BUS, CONFIGURATION } from '../ports.ts';
import { mayTrade } from './entitlement.ts';
import { FeedBoard } from './feed.board.ts';
import { Caller, firmOf, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

/** Longer than Bloomberg usually takes, shorter than a reader's patience. */
const answerMs = 15_000;

const statuses: Readonly<Record<string, number>> = {
  UNKNOWN_INSTRUMENT: 404,
  BUDGET_EXCEEDED: 429,
  FEED_DOWN: 503,
  LIMIT: 503,
  SESSION_ENDED: 503,
  TIMEOUT: 504,
};

@Controller('api/v1')
export class BloombergController {
  private readonly bus: Bus;
  private readonly configuration: Configuration;
  private readonly board: FeedBoard;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(FeedBoard) board: FeedBoard,
  ) {
    this.bus = bus;
    this.configuration = configuration;
    this.board = board;
  }

  @Get('bloomberg')
  status(@Caller() { user }: Identity): BloombergView {
    const status = this.board.bloomberg;
    if (status === undefined) return { status: null };
    return { status: may(user, 'seeAllFirms') ? status : withoutOthers(status) };
  }

  @Get('bloomberg/reference/:instrument')
  async reference(@Caller() caller: Identity, @Param('instrument') id: string): Promise<ReferenceView> {
    const { feeds, firms, instruments } = this.configuration.current;
    const isShown = firmOf(caller) === undefined || mayTrade(firms.get(caller.user.firm), id);
    if (!instruments.has(id) || !isShown)
      throw new ApiProblem(404, 'UNKNOWN_INSTRUMENT', `no instrument ${id.slice(0, 64)}`);
    if (!mayReadFeed(feeds.get(bloombergFeed), caller.user, 'refdata'))
      throw new ApiProblem(403, 'FEED_NOT_PERMITTED', 'reference data is not permitted for this user');
    const answer = await this.ask(id, caller.user.id);
    if (answer.result === 'done') return answer.view;
    throw new ApiProblem(statuses[answer.code] ?? 422, answer.code, answer.text);
  }

  private async ask(instrument: string, user: string): Promise<ReferenceAnswer> {
    try {
      return await this.bus.request(referenceTopic(), { instrument, user }, { timeoutMs: answerMs });
    } catch (error) {
      if (error instanceof BusTimeout)
        throw new ApiProblem(503, 'FEED_DOWN', 'the Bloomberg service does not answer');
      throw error;
    }
  }
}

/** Who else asks for what, and paths of the host, are for operators. */
function withoutOthers(status: BloombergStatus): BloombergStatus {
  const { subscriptions, budget, library } = status;
  return {
    ...status,
    library: library === null ? null : { ...library, path: '' },
    subscriptions: {
      ...subscriptions,
      rows: subscriptions.rows.filter(({ instrument }) => instrument !== null),
    },
    budget: { ...budget, users: [] },
  };
}

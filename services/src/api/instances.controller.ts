/** The processes of the platform, and how an operator has one leave (docs/cluster.md). */
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import {
  aloneWith,
  drainRequest,
  type DrainAnswer,
  type DrainRequest,
  type InstanceView,
} from '@tidegate/wire/instances';
import { drainTopic } from '@tidegate/wire/topics';
import { BUS, SYSTEM_EVENTS } from '../ports.ts';
import { Caller, Needs, type Identity } from './identity.ts';
import { InstanceTable } from './instance.table.ts';
import { ApiProblem } from './problem.ts';

const answerMs = 3_000;

@Controller('api/v1')
export class InstancesController {
  private readonly bus: Bus;
  private readonly events: SystemEvents;
  private readonly table: InstanceTable;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(SYSTEM_EVENTS) events: SystemEvents,
    @Inject(InstanceTable) table: InstanceTable,
  ) {
    this.bus = bus;
    this.events = events;
    this.table = table;
  }

  @Get('instances')
  @Needs('inspect')
  instances(): readonly InstanceView[] {
    return this.table.list();
  }

  /** Answered when it has begun to; what becomes of what it owns is to be seen in the leases. */
  @Post('instances/:id/drain')
  @HttpCode(202)
  @Needs('operate')
  async drain(
    @Caller() { user }: Identity,
    @Param('id') id: string,
    @Body({ schema: drainRequest }) { reason, force }: DrainRequest,
  ): Promise<DrainAnswer> {
    const leaving = this.table.named(id);
    if (leaving === undefined)
      throw new ApiProblem(404, 'UNKNOWN_INSTANCE', `no process ${id.slice(0, 130)}`);
    if (leaving.state === 'gone' || leaving.state === 'silent')
      throw new ApiProblem(409, 'INSTANCE_GONE', `${leaving.instance} is ${leaving.state}`);
    const missed = aloneWith(leaving, this.table.list());
    if (missed.length > 0 && !force) {
      const text = `nobody else who is ready does ${missed.join(', ')}; with force it leaves all the same`;
      throw new ApiProblem(409, 'LAST_INSTANCE', text);
    }
    const why = `${user.id}: ${reason}`;
    const { incarnation, instance } = leaving;
    let answer: DrainAnswer;
    try {
      answer = await this.bus.request(drainTopic(String(incarnation)), { why }, { timeoutMs: answerMs });
    } catch {
      throw new ApiProblem(503, 'INSTANCE_SILENT', `${instance} does not answer`);
    }
    const text = `asked to leave by ${why}; ${answer.owned.length} leases to hand over`;
    this.events.record({ kind: 'instanceDrained', severity: 'warning', subject: instance, text });
    return answer;
  }
}

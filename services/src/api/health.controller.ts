/** Liveness, readiness and metrics: in every process, whatever services it runs. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Health } from '@tidegate/platform/observe/health';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { FastifyReply } from 'fastify';
import { HEALTH, METRICS } from '../ports.ts';
import { Public, Unthrottled } from './identity.ts';

@Public()
@Controller()
export class HealthController {
  private readonly health: Health;
  private readonly registry: Metrics;

  constructor(@Inject(HEALTH) health: Health, @Inject(METRICS) metrics: Metrics) {
    this.health = health;
    this.registry = metrics;
  }

  @Unthrottled()
  @Get('health/live')
  async live(@Res() reply: FastifyReply): Promise<void> {
    const { lost } = this.health;
    await (lost === undefined
      ? reply.send({ status: 'live' })
      : reply.status(503).send({ status: 'lost', reason: lost }));
  }

  @Unthrottled()
  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const readiness = await this.health.readiness();
    await reply.status(readiness.isReady ? 200 : 503).send({
      status: readiness.isReady ? 'ready' : 'not ready',
      reasons: readiness.reasons,
    });
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', this.registry.contentType).send(await this.registry.text());
  }
}

/**
 * Liveness and readiness in every process, whatever services it runs: the state and no more, for balancers
 * and whoever else comes. Why it is so is said at the operations port.
 */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Health } from '@tidegate/platform/observe/health';
import type { FastifyReply } from 'fastify';
import { HEALTH } from '../ports.ts';
import { Public, Unthrottled } from './identity.ts';

@Public()
@Controller()
export class HealthController {
  private readonly health: Health;

  constructor(@Inject(HEALTH) health: Health) {
    this.health = health;
  }

  @Unthrottled()
  @Get('health/live')
  async live(@Res() reply: FastifyReply): Promise<void> {
    const isLost = this.health.lost !== undefined;
    await reply.status(isLost ? 503 : 200).send({ status: isLost ? 'lost' : 'live' });
  }

  @Unthrottled()
  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { isReady } = await this.health.readiness();
    await reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' });
  }
}

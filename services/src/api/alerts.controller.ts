/** Alerts: what of the system events somebody should look at, and who looks at it. */
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import {
  alertKinds,
  alertMarkRequest,
  alertsOf,
  type AlertMarkRequest,
  type AlertView,
} from '@tidegate/wire/alerts';
import { may } from '@tidegate/wire/permissions';
import { CLOCK, CONFIGURATION, SYSTEM_EVENTS } from '../ports.ts';
import { eyesOf } from './entitlement.ts';
import { Caller, Needs, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

/** Newest events that alerts are made of. */
const eventsMax = 2_000;
const minuteMs = 60_000;

@Controller('api/v1')
export class AlertsController {
  private readonly configuration: Configuration;
  private readonly events: SystemEvents;
  private readonly clock: Clock;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(SYSTEM_EVENTS) events: SystemEvents,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.configuration = configuration;
    this.events = events;
    this.clock = clock;
  }

  @Get('alerts')
  async list(@Caller() caller: Identity): Promise<readonly AlertView[]> {
    const { firm, seesProviders } = eyesOf(caller);
    const venues = new Set(this.configuration.current.venues.keys());
    const { items } = await this.events.list({
      limit: eventsMax,
      exceptInfo: alertKinds,
      ...(firm === undefined ? {} : { firm }),
      ...(seesProviders ? {} : { exceptSubjects: [...venues] }),
    });
    return alertsOf(items.toReversed(), venues);
  }

  /** Answered when it is durable. Who and when are in the event, and with it in the alert. */
  @Post('alerts/:id/marks')
  @HttpCode(200)
  @Needs('answerAlerts')
  async mark(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: alertMarkRequest }) request: AlertMarkRequest,
  ): Promise<AlertView> {
    const alert = (await this.list(caller)).find((each) => each.id === id);
    if (alert === undefined) throw new ApiProblem(404, 'UNKNOWN_ALERT', `no alert ${id.slice(0, 64)}`);
    const { details, text } = this.told(caller, alert, request);
    const event = {
      id: randomUUID(),
      at: new Date(this.clock.nowMs()).toISOString(),
      kind: 'alertMarked',
      severity: 'info',
      subject: alert.subject,
      text,
      details: { alert: id, by: caller.user.id, ...details },
      ...(alert.firm === undefined ? {} : { firm: alert.firm }),
    } as const;
    try {
      await this.events.append([event], async () => undefined);
    } catch {
      throw new ApiProblem(503, 'ALERT_UNCONFIRMED', 'SQL has not taken it; ask again');
    }
    return (await this.list(caller)).find((each) => each.id === id) ?? alert;
  }

  private told(
    { user: caller }: Identity,
    alert: AlertView,
    request: AlertMarkRequest,
  ): { readonly details: object; readonly text: string } {
    const what = `the alert of ${alert.openedAt} about ${alert.about}`;
    switch (request.action) {
      case 'acknowledge':
        return { details: { action: 'acknowledge' }, text: `${what} is acknowledged by ${caller.id}` };
      case 'assign': {
        const user = this.configuration.current.users.get(request.user);
        const isSeen = user !== undefined && (may(user, 'seeAllFirms') || user.firm === alert.firm);
        if (!isSeen || user.disabled)
          throw new ApiProblem(422, 'UNKNOWN_USER', `nobody called ${request.user} may see it`);
        return {
          details: { action: 'assign', user: user.id },
          text: `${what} is assigned to ${user.id} by ${caller.id}`,
        };
      }
      case 'mute': {
        const until = new Date(this.clock.nowMs() + request.minutes * minuteMs).toISOString();
        return {
          details: { action: 'mute', until },
          text:
            request.minutes === 0
              ? `${alert.about} is no longer muted, by ${caller.id}`
              : `${alert.about} is muted until ${until} by ${caller.id}`,
        };
      }
    }
  }
}

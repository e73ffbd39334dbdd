/**
 * FIX sessions for the desk: how they are, their messages, and what operators do to them. What is to stay is
 * a change of configuration; what happens at once is asked of the gateway that has the session.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import {
  sessionDisconnectRequest,
  sessionEnablingRequest,
  sessionNumbersRequest,
  sessionResetRequest,
  type SessionActionAnswer,
  type SessionActionQuestion,
  type SessionDisconnectRequest,
  type SessionEnablingRequest,
  type SessionMessagesView,
  type SessionNumbersAnswer,
  type SessionNumbersRequest,
  type SessionResetRequest,
  type SessionResetView,
  type SessionStatus,
} from '@tidegate/wire/sessions';
import { sessionActionTopic, sessionMessagesTopic, sessionNumbersTopic } from '@tidegate/wire/topics';
import { z } from 'zod';
import { BUS, CONFIGURATION, SYSTEM_EVENTS } from '../ports.ts';
import { enablingIn, placeIn, type SessionPlace } from '../session.place.ts';
import { ConfigurationChanges } from './configuration/changes.ts';
import { eyesOf } from './entitlement.ts';
import { Caller, Needs, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';
import { SessionTable } from './session.table.ts';

const askedMs = 3_000;
const messagesQuery = z.object({
  before: z
    .string()
    .regex(/^\d{1,15}\.\d{1,15}$/)
    .optional(),
});

@Controller('api/v1')
export class FixSessionsController {
  private readonly bus: Bus;
  private readonly changes: ConfigurationChanges;
  private readonly configuration: Configuration;
  private readonly systemEvents: SystemEvents;
  private readonly table: SessionTable;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(ConfigurationChanges) changes: ConfigurationChanges,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(SYSTEM_EVENTS) systemEvents: SystemEvents,
    @Inject(SessionTable) table: SessionTable,
  ) {
    this.bus = bus;
    this.changes = changes;
    this.configuration = configuration;
    this.systemEvents = systemEvents;
    this.table = table;
  }

  @Get('sessions')
  sessions(@Caller() caller: Identity): readonly SessionStatus[] {
    return this.table.of(eyesOf(caller));
  }

  /** They hold what clients of every firm have sent: for operators only. */
  @Get('sessions/:id/messages')
  @Needs('inspect')
  async messages(
    @Param('id') id: string,
    @Query({ schema: messagesQuery }) { before }: z.infer<typeof messagesQuery>,
  ): Promise<SessionMessagesView> {
    this.assertKnown(id);
    const question = { session: id, ...(before === undefined ? {} : { before }) };
    try {
      return await this.bus.request(sessionMessagesTopic(id), question, { timeoutMs: askedMs });
    } catch {
      throw silent('its gateway does not answer');
    }
  }

  @Post('sessions/:id/numbers')
  @HttpCode(204)
  @Needs('operate')
  async setNumbers(
    @Caller() { user }: Identity,
    @Param('id') id: string,
    @Body({ schema: sessionNumbersRequest }) { reason, ...numbers }: SessionNumbersRequest,
  ): Promise<void> {
    this.assertKnown(id);
    const topic = sessionNumbersTopic(id);
    let answer: SessionNumbersAnswer;
    try {
      answer = await this.bus.request(topic, { session: id, numbers }, { timeoutMs: askedMs });
    } catch {
      throw silent('its gateway does not answer, or its numbers are not kept');
    }
    if (answer.result === 'refused')
      throw new ApiProblem(answer.code === 'SESSION_IN_USE' ? 409 : 422, answer.code, answer.text);
    const { nextInbound = 'as it was', nextOutbound = 'as it was' } = numbers;
    this.record(
      'sessionReset',
      id,
      `next in ${nextInbound}, next out ${nextOutbound}, by ${user.id}: ${reason}`,
    );
  }

  /** Both ways may be asked for again: what is so already stays so. */
  @Post('sessions/:id/enabling')
  @HttpCode(204)
  @Needs('operate')
  async enable(
    @Caller() { user }: Identity,
    @Param('id') id: string,
    @Body({ schema: sessionEnablingRequest }) { isEnabled, reason }: SessionEnablingRequest,
  ): Promise<void> {
    const place = this.placeOf(id);
    const { current } = this.configuration;
    const change = enablingIn(current, place, isEnabled);
    if (change === undefined) return;
    const expectedVersion = current.versions.get(`${change.kind}/${change.id}`)!;
    const result = await this.changes.putSecret(user.id, { ...change, expectedVersion }, { reason });
    if ('code' in result) throw await this.changes.problemOf(result);
    const what = isEnabled ? 'sessionEnabled' : 'sessionDisabled';
    this.record(what, id, `${isEnabled ? 'enabled' : 'disabled'} by ${user.id}: ${reason}`);
  }

  @Post('sessions/:id/disconnect')
  @HttpCode(204)
  @Needs('operate')
  async disconnect(
    @Caller() { user }: Identity,
    @Param('id') id: string,
    @Body({ schema: sessionDisconnectRequest }) { reason }: SessionDisconnectRequest,
  ): Promise<void> {
    await this.act(id, { kind: 'disconnect' });
    this.record('sessionDisconnected', id, `disconnected by ${user.id}: ${reason}`);
  }

  @Post('sessions/:id/reset')
  @HttpCode(200)
  @Needs('operate')
  async reset(
    @Caller() { user }: Identity,
    @Param('id') id: string,
    @Body({ schema: sessionResetRequest }) { side, reason }: SessionResetRequest,
  ): Promise<SessionResetView> {
    const { was = { nextInbound: 1, nextOutbound: 1 } } = await this.act(id, { kind: 'reset', side });
    const numbers = `in ${was.nextInbound}, out ${was.nextOutbound}`;
    this.record('sessionReset', id, `${side} to 1 (next was ${numbers}), by ${user.id}: ${reason}`);
    return { was };
  }

  private async act(
    id: string,
    action: SessionActionQuestion['action'],
  ): Promise<SessionActionAnswer & { readonly result: 'done' }> {
    this.assertKnown(id);
    const answer = await this.bus
      .request(sessionActionTopic(id), { session: id, action }, { timeoutMs: askedMs })
      .catch(() => {
        throw silent('its gateway does not answer: look at the session before asking again');
      });
    if (answer.result === 'refused')
      throw new ApiProblem(answer.code === 'NUMBERS_NOT_KEPT' ? 422 : 409, answer.code, answer.text);
    return answer;
  }

  private record(
    kind: 'sessionReset' | 'sessionEnabled' | 'sessionDisabled' | 'sessionDisconnected',
    subject: string,
    text: string,
  ): void {
    const severity = kind === 'sessionEnabled' ? 'info' : 'warning';
    this.systemEvents.record({ kind, severity, subject, text });
  }

  private placeOf(id: string): SessionPlace {
    const { current } = this.configuration;
    const place = placeIn(current, current.listeners, id);
    if (place === undefined) throw unknown(id);
    return place;
  }

  private assertKnown(id: string): void {
    if (!this.table.has(id)) throw unknown(id);
  }
}

const silent = (text: string): ApiProblem => new ApiProblem(503, 'SESSION_SILENT', text);
const unknown = (id: string): ApiProblem =>
  new ApiProblem(404, 'UNKNOWN_SESSION', `no session ${id.slice(0, 130)}`);

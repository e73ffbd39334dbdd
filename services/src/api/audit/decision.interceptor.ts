/**
 * Puts decisions into the audit, from one place: who asked for what and what became of it. What adds risk is
 * refused while the audit can't take it; what takes risk away is done first and recorded when it can be.
 */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { AuditRecorder } from '@tidegate/platform/audit/recorder';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable } from 'rxjs';
import { callerOf } from '../identity.ts';
import { ApiProblem, problemOf } from '../problem.ts';
import {
  decisionRules,
  isDecided,
  textOf,
  type Asked,
  type Decided,
  type DecisionRule,
} from './decisions.ts';

type Recorder = Pick<AuditRecorder, 'isAvailable' | 'record' | 'written'>;

export class DecisionInterceptor implements NestInterceptor {
  private readonly recorder: Recorder;
  private readonly configuration: Pick<Configuration, 'current'>;

  constructor(recorder: Recorder, configuration: Pick<Configuration, 'current'>) {
    this.recorder = recorder;
    this.configuration = configuration;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const rule = decisionRules[`${request.method} ${request.routeOptions.url ?? ''}`];
    if (rule === undefined) return next.handle();
    const asked = askedOf(request);
    if (rule.addsRisk?.(asked) === true && !(await this.recorder.isAvailable()))
      throw new ApiProblem(503, 'AUDIT_UNAVAILABLE', 'the audit can’t take it now: nothing was done');
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        const decided = (rule.decided ?? rule.sought ?? nothing)(asked, answer);
        if (decided !== undefined) await this.keep(request, { rule, asked, outcome: 'done', ...decided });
        return answer;
      }),
      catchError((error: unknown) => from(this.refused(request, rule, asked, error))),
    );
  }

  private async refused(
    request: FastifyRequest,
    rule: DecisionRule,
    asked: Asked,
    error: unknown,
  ): Promise<never> {
    const { status, code: outcome } = problemOf(error, '');
    if (isDecided(status)) {
      await this.keep(request, { rule, asked, outcome, ...rule.sought?.(asked) });
    }
    throw error;
  }

  private async keep(
    request: FastifyRequest,
    {
      rule,
      asked,
      outcome,
      target,
      before,
      after,
    }: Decided & { rule: DecisionRule; asked: Asked; outcome: string },
  ): Promise<void> {
    const caller = callerOf(request);
    const person = caller?.user.id ?? rule.person?.(asked) ?? '';
    this.recorder.record({
      person,
      role: caller?.user.role ?? this.configuration.current.users.get(person)?.role ?? null,
      session: caller?.signInId ?? null,
      address: request.ip,
      what: rule.what,
      target: target ?? rule.target(asked),
      outcome,
      before: before ?? null,
      after: after ?? null,
      why: textOf(asked.body['reason']) || null,
      requestId: request.id,
    });
    if (rule.isUrgent !== true) await this.recorder.written();
  }
}

const nothing = (): Decided => ({});

const askedOf = ({ params, body }: FastifyRequest): Asked => ({
  params: (params ?? {}) as Asked['params'],
  body: typeof body === 'object' && body !== null ? (body as Asked['body']) : {},
});

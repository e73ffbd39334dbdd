/**
 * Jobs over REST: asked for (202 with the place where it is), watched, cancelled, tried again; on the API and
 * on every worker's own server. Who does not see all firms sees and asks for his own.
 */
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import type { Bus } from '@tidegate/platform/bus/bus';
import { JobRefused } from '@tidegate/platform/jobs/job';
import { askToDrain } from '@tidegate/platform/jobs/worker.rows';
import type { JobQueue } from '@tidegate/platform/jobs/job.queue';
import type { JobReading } from '@tidegate/platform/jobs/job.reading';
import type { Page } from '@tidegate/platform/sql/page';
import {
  jobKinds,
  jobsQuery,
  redriveRequest,
  submitJobRequest,
  type JobsQuery,
  type JobStory,
  type JobView,
  type QueueView,
  type RedriveRequest,
  type SubmitJobRequest,
  type WorkerView,
} from '@tidegate/wire/jobs';
import { may } from '@tidegate/wire/permissions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PLATFORM, type Platform } from '../../ports.ts';
import { assertMay, Caller, firmOf, Needs, type Identity } from '../identity.ts';
import { ApiProblem, invalidRequest } from '../problem.ts';
import { Watching } from './watching.ts';

@Controller('api/v1')
export class JobsController {
  private readonly bus: Bus;
  private readonly jobs: JobQueue;
  private readonly reading: JobReading;
  private readonly watching: Watching;

  constructor(@Inject(PLATFORM) { bus, jobs, jobReading: reading }: Platform) {
    this.bus = bus;
    this.jobs = jobs;
    this.reading = reading;
    this.watching = new Watching(this.bus, reading);
  }

  @Post('jobs')
  @HttpCode(202)
  @Needs('runJobs')
  async submit(
    @Caller() caller: Identity,
    @Body({ schema: submitJobRequest }) asked: SubmitJobRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const { kind, after, deadline, key, priority } = asked;
    const { input: schema, needs } = jobKinds[kind];
    assertMay(caller, needs);
    const parsed = schema.safeParse(asked.input);
    if (!parsed.success) throw invalidRequest(parsed.error.issues);
    const input = forFirm(caller, parsed.data);
    for (const id of after) await this.seen(caller, id);
    const { firm, id: requestedBy } = caller.user;
    const one = { kind, input, firm, requestedBy, after, deadline, key, priority };
    const [id] = await this.asked(() => this.jobs.submit(one));
    void reply.header('location', `/api/v1/jobs/${id}`);
    return this.seen(caller, id!);
  }

  @Get('jobs')
  @Needs('readJobs')
  list(@Caller() caller: Identity, @Query({ schema: jobsQuery }) query: JobsQuery): Promise<Page<JobView>> {
    return this.reading.list({ ...query, firm: firmOf(caller) });
  }

  @Get('jobs/:id')
  @Needs('readJobs')
  async story(@Caller() caller: Identity, @Param('id') id: string): Promise<JobStory> {
    await this.seen(caller, id);
    return (await this.reading.story(id))!;
  }

  /** Its states as they come, as server-sent events, until it has ended. */
  @Get('jobs/:id/progress')
  @Needs('readJobs')
  async progress(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.seen(caller, id);
    this.watching.serve(id, request, reply);
  }

  @Get('jobs/:id/file')
  @Needs('readJobs')
  async file(@Caller() caller: Identity, @Param('id') id: string): Promise<StreamableFile> {
    await this.seen(caller, id);
    const file = await this.reading.file(id);
    if (file === undefined) throw new ApiProblem(404, 'NO_FILE', `job ${id} has made no file`);
    return new StreamableFile(file.content, {
      type: file.mediaType,
      disposition: `attachment; filename="${file.name}"`,
    });
  }

  @Post('jobs/:id/cancel')
  @HttpCode(200)
  @Needs('runJobs')
  async cancel(@Caller() caller: Identity, @Param('id') id: string): Promise<JobView> {
    const { kind } = await this.seen(caller, id);
    assertKind(caller, kind);
    await this.asked(() => this.jobs.cancel(id, caller.user.id));
    return this.seen(caller, id);
  }

  @Post('jobs/:id/retry')
  @HttpCode(200)
  @Needs('runJobs')
  async retry(@Caller() caller: Identity, @Param('id') id: string): Promise<JobView> {
    const { kind } = await this.seen(caller, id);
    assertKind(caller, kind);
    await this.asked(() => this.jobs.retry(id, caller.user.id));
    return this.seen(caller, id);
  }

  /** The oldest failed jobs of a kind: which they are, or once more. */
  @Post('jobs/redrive')
  @HttpCode(200)
  @Needs('operate')
  async redrive(
    @Caller() { user }: Identity,
    @Body({ schema: redriveRequest }) { kind, limit, dryRun }: RedriveRequest,
  ): Promise<{ readonly isDone: boolean; readonly jobs: readonly JobView[] }> {
    if (dryRun) return { isDone: false, jobs: await this.reading.failed(kind, limit) };
    const ids = await this.asked(() => this.jobs.redrive(kind, limit, user.id));
    const jobs = await Promise.all(ids.map((id) => this.reading.job(id)));
    return { isDone: true, jobs: jobs.filter((job) => job !== undefined) };
  }

  @Get('queues')
  @Needs('operate')
  queues(): Promise<readonly QueueView[]> {
    return this.reading.queues(jobKinds);
  }

  @Get('workers')
  @Needs('operate')
  workers(): Promise<readonly WorkerView[]> {
    return this.reading.workers();
  }

  /** It takes no more; what runs there ends there. */
  @Post('workers/:id/drain')
  @HttpCode(202)
  @Needs('operate')
  async drain(@Param('id') id: string): Promise<WorkerView> {
    const isThere = await askToDrain(this.jobs.database, id);
    const found = (await this.reading.workers()).find((worker) => worker.id === id);
    if (!isThere || found === undefined)
      throw new ApiProblem(404, 'UNKNOWN_WORKER', `there is no worker ${id.slice(0, 100)}`);
    return found;
  }

  /** Somebody else's is not there. */
  private async seen(caller: Identity, id: string): Promise<JobView> {
    const firm = firmOf(caller);
    const job = await this.reading.job(id);
    if (job === undefined || (firm !== undefined && job.firm !== firm))
      throw new ApiProblem(404, 'UNKNOWN_JOB', `there is no job ${id.slice(0, 100)}`);
    return job;
  }

  private async asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof JobRefused)) throw error;
      throw new ApiProblem(jobRefusalStatus[error.code], error.code, error.message);
    }
  }
}

export const jobRefusalStatus: Readonly<Record<JobRefused['code'], number>> = {
  UNKNOWN_JOB: 404,
  JOB_ENDED: 409,
  JOB_NOT_FAILED: 409,
  UNKNOWN_DEPENDENCY: 422,
  TOO_MANY_JOBS: 429,
};

/** What asking for one needs, canceling one does, too. */
function assertKind(caller: Identity, kind: string): void {
  assertMay(caller, Object.entries(jobKinds).find(([name]) => name === kind)?.[1].needs ?? 'operate');
}

/** Of his own firm, for who sees no other. */
function forFirm({ user }: Identity, input: object): object {
  if (!('from' in input) || may(user, 'seeAllFirms')) return input;
  if ('firm' in input && input.firm !== undefined && input.firm !== user.firm)
    throw new ApiProblem(403, 'FIRM_REQUIRED', `this needs seeAllFirms for another firm than ${user.firm}`);
  return { ...input, firm: user.firm };
}

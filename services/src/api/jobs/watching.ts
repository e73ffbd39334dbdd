/**
 * A job's progress as server-sent events: a message at each change, the last one when it has ended. Looked
 * up when the bus says so and every second, so a lost message costs a second.
 */
import type { Bus } from '@tidegate/platform/bus/bus';
import type { JobReading } from '@tidegate/platform/jobs/job.reading';
import { hasEnded } from '@tidegate/wire/jobs';
import { jobTopic } from '@tidegate/wire/topics';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problem.ts';

const lookMs = 1_000;
const watchersMax = 500;
/** Balancers close what is silent. */
const commentMs = 15_000;

export class Watching {
  private readonly bus: Pick<Bus, 'subscribe'>;
  private readonly reading: Pick<JobReading, 'job'>;
  private watchers = 0;

  constructor(bus: Pick<Bus, 'subscribe'>, reading: Pick<JobReading, 'job'>) {
    this.bus = bus;
    this.reading = reading;
  }

  /** Throws ApiProblem when too many watch. */
  serve(id: string, request: FastifyRequest, reply: FastifyReply): void {
    if (this.watchers >= watchersMax)
      throw new ApiProblem(503, 'TOO_MANY_WATCHERS', 'too many watch jobs here: ask for the job instead');
    this.watchers += 1;
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // To nginx: as it comes.
      'x-accel-buffering': 'no',
    });
    let last = '';
    let saidMs = performance.now();
    let isLooking = false;
    const look = async (): Promise<void> => {
      if (isLooking) return;
      isLooking = true;
      try {
        const job = await this.reading.job(id);
        const text = JSON.stringify(job ?? null);
        const isSilent = performance.now() - saidMs > commentMs;
        if (text !== last) raw.write(`event: job\ndata: ${text}\n\n`);
        else if (isSilent) raw.write(': still here\n\n');
        if (text !== last || isSilent) saidMs = performance.now();
        last = text;
        if (job === undefined || hasEnded(job.state)) raw.end();
      } catch {
        raw.end();
      } finally {
        isLooking = false;
      }
    };
    const timer = setInterval(() => void look(), lookMs);
    const told = this.bus.subscribe(jobTopic(), (changed) => {
      if (changed.id === id) void look();
    });
    request.raw.socket.once('close', () => raw.destroy());
    raw.once('close', () => {
      this.watchers -= 1;
      clearInterval(timer);
      told.unsubscribe();
    });
    void look();
  }
}

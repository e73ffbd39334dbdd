/**
 * Starts the chosen services in the order in which they need each other and stops them in reverse. Orders
 * can be taken before clients can send them; clients are turned away before what serves them stops.
 */
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Rounds } from '@tidegate/platform/jobs/rounds';
import type { Log } from '@tidegate/platform/observe/log';

export interface Service {
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

/** The service, and what it does now and then while it runs. */
export const withRounds = (service: Service, rounds: Rounds): Service => ({
  async start() {
    await service.start();
    rounds.start();
  },
  async stop() {
    await rounds.stop();
    await service.stop();
  },
});

/** Started in this order, stopped in reverse. */
export const together = (...services: readonly Service[]): Service => ({
  async start() {
    for (const service of services) await service.start();
  },
  async stop() {
    for (const service of services.toReversed()) await service.stop();
  },
});

export const startOrder = ['oms', 'projector', 'pricing', 'monitor', 'gateway', 'bloomberg', 'api'] as const;
export type ServiceName = (typeof startOrder)[number];

export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log: Log;
  private readonly services = new Map<ServiceName, Service>();
  private readonly signal: AbortSignal;
  private started: Service[] = [];

  /** `signal`: the process is asked to stop, nothing more is started. */
  constructor(log: Log, signal: AbortSignal) {
    this.log = log;
    this.signal = signal;
  }

  add(name: ServiceName, service: Service): void {
    this.services.set(name, service);
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const name of startOrder) {
      const service = this.services.get(name);
      if (service === undefined) continue;
      this.signal.throwIfAborted();
      this.started.push(service);
      await service.start();
      this.log.info({ service: name }, 'service started');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const service of this.started.reverse()) {
      try {
        await service.stop();
      } catch (error) {
        this.log.error({ err: error }, 'service did not stop cleanly');
      }
    }
    this.started = [];
  }
}

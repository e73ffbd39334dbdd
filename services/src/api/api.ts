/** The API's own parts that live as long as the process: session table, feeds, order feed and stream. */
import type { Server } from 'node:http';
import type { ApiKeys } from '@tidegate/platform/identity/api.keys';
import type { ConfigurationSchedule } from '@tidegate/platform/configuration/schedule';
import type { RevocationList } from '@tidegate/platform/identity/revocations';
import type { Admission } from '../admission.ts';
import type { EventWindow } from '../event.window.ts';
import type { Service } from '../lifecycle.ts';
import type { OrderFeed } from './stream/order.feed.ts';
import type { Stream } from './stream/stream.ts';
import type { FeedBoard } from './feed.board.ts';
import type { InstanceTable } from './instance.table.ts';
import type { SessionTable } from './session.table.ts';

export interface ApiOptions {
  readonly apiKeys: ApiKeys;
  readonly table: SessionTable;
  readonly instances: InstanceTable;
  readonly feeds: FeedBoard;
  readonly feed: OrderFeed;
  readonly stream: Stream;
  readonly window: EventWindow;
  readonly admission: Admission;
  readonly revocations: RevocationList;
  readonly schedule: ConfigurationSchedule;
  /** Asked at start, when Nest has one. */
  readonly server: () => Server;
}

export class Api implements Service {
  private readonly options: ApiOptions;

  constructor(options: ApiOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const {
      admission,
      apiKeys,
      feed,
      feeds,
      instances,
      revocations,
      schedule,
      server,
      stream,
      table,
      window,
    } = this.options;
    window.start();
    admission.start();
    table.start();
    instances.start();
    feeds.start();
    await revocations.start();
    apiKeys.start();
    await feed.start();
    stream.start(server());
    schedule.start();
  }

  async stop(): Promise<void> {
    const { admission, apiKeys, feed, feeds, instances, revocations, schedule, stream, table, window } =
      this.options;
    schedule.stop();
    await stream.stop();
    window.stop();
    admission.stop();
    await feed.stop();
    await apiKeys.stop();
    revocations.stop();
    feeds.stop();
    instances.stop();
    table.stop();
  }
}

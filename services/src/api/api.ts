/** The API's own parts that live as long as the process: session table, order feed and stream. */
import type { Server } from 'node:http';
import type { Service } from '../lifecycle.ts';
import type { OrderFeed } from './stream/order.feed.ts';
import type { Stream } from './stream/stream.ts';
import type { SessionTable } from './session.table.ts';

export class Api implements Service {
  private readonly table: SessionTable;
  private readonly feed: OrderFeed;
  private readonly stream: Stream;
  private readonly server: () => Server;

  /** `server` is asked at start, when Nest has one. */
  constructor(table: SessionTable, feed: OrderFeed, stream: Stream, server: () => Server) {
    this.table = table;
    this.feed = feed;
    this.stream = stream;
    this.server = server;
  }

  async start(): Promise<void> {
    this.table.start();
    await this.feed.start();
    this.stream.start(this.server());
  }

  async stop(): Promise<void> {
    this.stream.stop();
    await this.feed.stop();
    this.table.stop();
  }
}

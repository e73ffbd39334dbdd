/** The API's own parts that live as long as the process: session table, feeds, order feed and stream. */
import type { Server } from 'node:http';
import type { EventWindow } from '../event.window.ts';
import type { Service } from '../lifecycle.ts';
import type { OrderFeed } from './stream/order.feed.ts';
import type { Stream } from './stream/stream.ts';
import type { FeedBoard } from './feed.board.ts';
import type { SessionTable } from './session.table.ts';

export class Api implements Service {
  private readonly table: SessionTable;
  private readonly feeds: FeedBoard;
  private readonly feed: OrderFeed;
  private readonly stream: Stream;
  private readonly window: EventWindow;
  private readonly server: () => Server;

  /** `server` is asked at start, when Nest has one. */
  constructor(
    table: SessionTable,
    feeds: FeedBoard,
    feed: OrderFeed,
    stream: Stream,
    window: EventWindow,
    server: () => Server,
  ) {
    this.table = table;
    this.feeds = feeds;
    this.feed = feed;
    this.stream = stream;
    this.window = window;
    this.server = server;
  }

  async start(): Promise<void> {
    this.window.start();
    this.table.start();
    this.feeds.start();
    await this.feed.start();
    this.stream.start(this.server());
  }

  async stop(): Promise<void> {
    await this.stream.stop();
    this.window.stop();
    await this.feed.stop();
    this.feeds.stop();
    this.table.stop();
  }
}

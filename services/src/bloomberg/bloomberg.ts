/**
 * The Bloomberg service: Bloomberg's library → supervised session → subscription table → instruments' quotes
 * on `quote.bloomberg.<instrument>` and the market data server. Composes its parts, follows the feed
 * document, and tells the platform how the feed stands. Bloomberg being away never keeps the rest from
 * running.
 */
import type { BlpSessionPort } from '@tidegate/blpapi/contract';
import type { UsageStore } from '@tidegate/platform/observe/bloomberg.usage';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Log } from '@tidegate/platform/observe/log';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { Epochs } from '@tidegate/platform/sql/epochs';
import type { Tokens } from '@tidegate/platform/identity/tokens';
import { bloombergFeed, type BloombergStatus } from '@tidegate/wire/bloomberg';
import type { FeedDocument } from '@tidegate/wire/configuration';
import { bloombergTopic, referenceTopic } from '@tidegate/wire/topics';
import { EventWindow } from '../event.window.ts';
import type { Service } from '../lifecycle.ts';
import type { Binding } from './binding.ts';
import { registerBloombergMetrics } from './bloomberg.metrics.ts';
import { FeedEvents } from './feed.events.ts';
import { feedStateOf, statusOf, type FeedStanding } from './feed.status.ts';
import { InstrumentQuotes } from './instrument.quotes.ts';
import { MarketRequests } from './market.requests.ts';
import { MarketServer } from './market.server.ts';
import { MarketStream } from './market.stream.ts';
import { MarketUsers } from './market.users.ts';
import { ReferenceData } from './reference.ts';
import { SubscriptionTable } from './subscription.table.ts';
import { Supervisor } from './supervisor.ts';
import { platformUser, UsageMeter } from './usage.meter.ts';
import type { VpnVerdict } from './vpn.ts';
import { handshakesOfCommand, handshakesOfFile, reachAny, VpnProbe } from './vpn.probe.ts';

export interface BloombergOptions {
  readonly binding: Binding;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly configuration: Pick<Configuration, 'current' | 'onChange'>;
  readonly events: Pick<SystemEvents, 'record'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly usage: UsageStore;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number;
  /** For tests: shorter waits. */
  readonly pace?: {
    readonly retryMsMin?: number;
    readonly retryMsMax?: number;
    readonly restoreMs?: number;
    readonly lingerMs?: number;
    readonly lostMsMax?: number;
    readonly sweepMs?: number;
    readonly statusMs?: number;
    readonly blockedMsMax?: number;
    readonly vpnMs?: number;
  };
}

const sweepMsDefault = 250;
const statusMsDefault = 1_000;
const vpnMsDefault = 10_000;
/** Zero in the settings: no limit. */
const limit = (setting: number): number | undefined => (setting === 0 ? undefined : setting);

export class Bloomberg implements Service {
  readonly table: SubscriptionTable;
  readonly supervisor: Supervisor;
  readonly quotes: InstrumentQuotes;
  readonly server: MarketServer;
  readonly stream: MarketStream;
  readonly usage: UsageMeter;
  private readonly options: BloombergOptions;
  private readonly users: MarketUsers;
  private readonly requests: MarketRequests;
  private readonly reference: ReferenceData;
  private readonly window: EventWindow;
  private readonly told: FeedEvents;
  private readonly vpn: VpnProbe | undefined;
  private vpnVerdict: VpnVerdict | undefined;
  private readonly undo: (() => void)[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private measuredMonoMs: number;
  private ticksBefore = 0;
  private quotesBefore = 0;
  private rates = { ticksPerSecond: 0, quotesPerSecond: 0 };
  private isEnabled = false;
  private stopping: Promise<void> = Promise.resolve();

  constructor(options: BloombergOptions) {
    this.options = options;
    const { clock, events, log } = options;
    const onError = (error: unknown) => log.error({ err: error }, 'bloomberg');
    this.measuredMonoMs = clock.monoMs();
    this.window = new EventWindow({ events, clock });
    this.told = new FeedEvents(this.window);
    this.table = new SubscriptionTable({
      clock,
      random: options.random ?? Math.random,
      ...options.pace,
      onDataLoss: (count) => this.told.dataLoss(count),
      onError,
    });
    this.usage = this.buildUsage(onError);
    this.supervisor = this.buildSupervisor(onError);
    this.quotes = this.buildQuotes();
    this.users = new MarketUsers({
      tokens: options.tokens,
      configuration: options.configuration,
      session: () => this.supervisor.session,
      onError: (error) => log.warn({ err: error }, 'Bloomberg user not authorised'),
    });
    this.requests = new MarketRequests({
      users: this.users,
      usage: this.usage,
      session: () => (this.isVpnDown ? undefined : this.supervisor.session),
      openService: (service) => this.supervisor.openService(service),
    });
    this.stream = this.buildStream(onError);
    this.server = this.buildServer(onError);
    this.reference = new ReferenceData({
      clock,
      requests: this.requests,
      securityOf: (instrument) => this.feed?.securities[instrument],
      isEmulated: () => this.isEmulated,
      onError,
    });
    this.vpn = this.buildVpn();
    registerBloombergMetrics(options.metrics, this);
  }

  async start(): Promise<void> {
    const { bus, configuration, pace = {} } = this.options;
    this.window.start();
    await this.usage.start();
    const answers: Subscription = bus.respond(referenceTopic(), ({ instrument, user }) =>
      this.reference.answer(instrument, user),
    );
    this.undo.push(
      () => answers.unsubscribe(),
      configuration.onChange(() => this.follow()),
    );
    this.timers.push(
      setInterval(() => this.table.sweep(), pace.sweepMs ?? sweepMsDefault),
      setInterval(() => this.second(), pace.statusMs ?? statusMsDefault),
    );
    await this.server.start();
    this.vpn?.start();
    this.follow();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const one of this.undo) one();
    this.vpn?.stop();
    await this.server.stop();
    this.quotes.stop();
    this.isEnabled = false;
    await this.stopping;
    await this.supervisor.stop();
    this.tell();
    await this.usage.stop();
    this.window.stop();
  }

  get isEmulated(): boolean {
    return this.supervisor.description?.isEmulator ?? false;
  }

  get requestCount(): number {
    return this.requests.count;
  }

  /** How the feed stands, with the VPN's word on it. */
  standing(): FeedStanding {
    const { supervisor, isEnabled, vpnVerdict } = this;
    return feedStateOf({ isEnabled, session: supervisor.state, cause: supervisor.cause, vpn: vpnVerdict });
  }

  status(): BloombergStatus {
    return statusOf({
      standing: this.standing(),
      feed: this.feed,
      instance: this.options.settings.instance,
      nowMs: this.options.clock.nowMs(),
      isEmulated: this.isEmulated,
      supervisor: this.supervisor,
      table: this.table,
      quotes: this.quotes,
      rates: this.rates,
      budget: this.usage.view(),
      requests: this.requests.count,
      server: { address: this.server.address, clients: this.stream.clients.size, cause: this.server.cause },
      vpn: this.vpn === undefined ? 'off' : this.vpnVerdict,
    });
  }

  // -------------------------------------------------------------- parts

  private buildUsage(onError: (error: unknown) => void): UsageMeter {
    const { clock, settings, usage } = this.options;
    return new UsageMeter({
      store: usage,
      clock,
      limits: {
        hits: limit(settings.bloombergHitsPerDay),
        userHits: limit(settings.bloombergUserHitsPerDay),
        securities: limit(settings.bloombergSecuritiesPerDay),
        subscriptions: settings.bloombergSubscriptionsMax,
      },
      openSubscriptions: () => this.table.open,
      onWarning: (_limit, what, text) => this.told.budget(what, text),
      onError,
    });
  }

  private buildSupervisor(onError: (error: unknown) => void): Supervisor {
    const { binding, clock, log, pace, random } = this.options;
    return new Supervisor({
      binding,
      table: this.table,
      clock,
      random: random ?? Math.random,
      ...pace,
      onState: () => this.changed(),
      onUserRevoked: (session, correlationId) => this.userRevoked(session, correlationId),
      onLog: (severity, text) =>
        severity === 'error' || severity === 'fatal'
          ? log.error({ blpapi: text }, 'Bloomberg’s library')
          : log.warn({ blpapi: text }, 'Bloomberg’s library'),
      onError,
    });
  }

  private buildQuotes(): InstrumentQuotes {
    const { bus, clock, epochs, settings } = this.options;
    return new InstrumentQuotes({
      bus,
      clock,
      epochs,
      table: this.table,
      feed: bloombergFeed,
      rounding: settings.bloombergRounding,
      charge: ({ service, security, fields }) =>
        this.usage.take({
          user: platformUser,
          service,
          securities: [security],
          fields: fields.length,
          subscriptions: 1,
        }),
    });
  }

  private buildStream(onError: (error: unknown) => void): MarketStream {
    return new MarketStream({
      clock: this.options.clock,
      ...this.options.pace,
      table: this.table,
      users: this.users,
      usage: this.usage,
      trustedProxies: this.options.settings.trustedProxies,
      feed: () => ({ ...this.standing(), isEmulated: this.isEmulated }),
      onError,
    });
  }

  private buildServer(onError: (error: unknown) => void): MarketServer {
    const { clock, log, settings } = this.options;
    return new MarketServer({
      settings,
      clock,
      users: this.users,
      requests: this.requests,
      stream: this.stream,
      status: () => this.status(),
      onListening: (cause) =>
        cause === null
          ? log.info({ address: this.server.address }, 'market data server')
          : log.error({ cause }, 'the market data server does not listen; it tries again'),
      onError,
    });
  }

  private buildVpn(): VpnProbe | undefined {
    const { settings, clock } = this.options;
    const device = settings.bloombergVpnInterface;
    if (device === undefined) return undefined;
    const file = settings.bloombergVpnHandshakesFile;
    return new VpnProbe({
      clock,
      handshakes:
        file === undefined
          ? handshakesOfCommand(settings.bloombergVpnCommand, device)
          : handshakesOfFile(file),
      reach: reachAny(settings.bloombergServers),
      handshakeMsMax: settings.bloombergVpnHandshakeSeconds * 1_000,
      onVerdict: (verdict) => this.vpnSays(verdict),
      everyMs: this.options.pace?.vpnMs ?? vpnMsDefault,
    });
  }

  // -------------------------------------------------------------- what happens

  private get feed(): FeedDocument | undefined {
    return this.options.configuration.current.feeds.get(bloombergFeed);
  }

  private get isVpnDown(): boolean {
    return this.vpnVerdict?.state === 'down';
  }

  /** The feed document is the switch, and says what the platform needs. */
  private follow(): void {
    const { feed } = this;
    const isWanted = feed?.enabled === true;
    this.quotes.follow(feed, this.options.configuration.current.instruments);
    this.stream.recheck();
    if (isWanted === this.isEnabled) return;
    this.isEnabled = isWanted;
    // A stop that is under way is waited for; only the last wish counts.
    this.stopping = this.stopping.then(async () => {
      if (this.isEnabled) this.supervisor.start();
      else await this.supervisor.stop();
      this.changed();
    });
  }

  private changed(): void {
    if (this.supervisor.state === 'up' && this.isVpnDown) this.table.withhold(this.standing().cause!);
    this.told.standing(this.standing(), this.isEmulated);
    this.stream.tellFeed();
    this.tell();
  }

  private vpnSays(verdict: VpnVerdict): void {
    const wasDown = this.isVpnDown;
    this.vpnVerdict = verdict;
    if (wasDown === this.isVpnDown) return;
    const { cause } = this.standing();
    if (this.isVpnDown) this.table.withhold(cause!);
    else if (this.supervisor.state === 'up') this.table.subscribeAll(this.supervisor);
    this.changed();
  }

  private userRevoked(session: BlpSessionPort, correlationId: number): boolean {
    const user = this.users.revoke(session, correlationId);
    if (user === undefined) return false;
    this.stream.revoke(user);
    this.told.userRevoked(user);
    return true;
  }

  private second(): void {
    const monoMs = this.options.clock.monoMs();
    const seconds = Math.max(0.001, (monoMs - this.measuredMonoMs) / 1_000);
    this.measuredMonoMs = monoMs;
    this.table.measure(seconds);
    const { ticks } = this.table;
    const { published } = this.quotes;
    this.rates = {
      ticksPerSecond: (ticks - this.ticksBefore) / seconds,
      quotesPerSecond: (published - this.quotesBefore) / seconds,
    };
    this.ticksBefore = ticks;
    this.quotesBefore = published;
    this.quotes.retryRefused();
    this.tell();
  }

  private tell(): void {
    this.options.bus.publish(bloombergTopic(), this.status());
  }
}

/**
 * Which gateway has a client's session: the one that its client has come to. It keeps it until the client
 * comes to another, which asks for it over the bus, or until its lease runs out.
 */
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Lease, Leases, Offer } from '@tidegate/platform/lease/leases';
import { sessionLogonTopic } from '@tidegate/wire/topics';
import type { SessionLogonAnswer } from '@tidegate/wire/sessions';
import { HeldSession } from './held.session.ts';

export interface ClientLeasesOptions {
  readonly leases: Pick<Leases, 'offer' | 'rows' | 'hasOthers'>;
  readonly bus: Pick<Bus, 'request' | 'respond'>;
  readonly clock: { monoMs(): number };
  /** Its client has come to another gateway: may that have it, by the session's rule. */
  readonly mayMove: (id: string) => boolean;
  /** Ends the session and closes its store: another gateway goes on with it. */
  readonly move: (id: string) => Promise<void>;
  /** Another gateway has it already: nothing more is said or written. */
  readonly onLost: (id: string) => void;
}

const kind = 'session';
/** For a lease that is free, before its owner is asked for it. */
const soonMs = 100;
const askMs = 500;
/** Within the time that a connection has for its Logon; leases run out sooner, unless they are set long. */
const patienceMs = 8_000;

export class ClientLeases {
  private readonly options: ClientLeasesOptions;
  private readonly offer: Offer;
  private readonly held = new Map<string, HeldSession>();
  private readonly questions = new Map<string, Subscription>();
  private readonly waiting = new Map<string, Set<(held: HeldSession) => void>>();

  constructor(options: ClientLeasesOptions) {
    this.options = options;
    this.offer = options.leases.offer(kind, {
      gained: (lease) => this.gained(lease),
      lost: (lease) => this.lost(lease),
      handOver: (lease) => this.handOver(lease),
    });
  }

  /** There is another gateway. */
  get hasOthers(): boolean {
    return this.options.leases.hasOthers(kind);
  }

  /** Sessions whose gateway is gone, and did not hand them over: nobody has seen to what they left. */
  orphans(): readonly string[] {
    return this.options.leases
      .rows(kind)
      .filter(({ holder, isLive, why }) => (holder === undefined ? why === 'restarted' : !isLive))
      .map(({ resource }) => resource);
  }

  /** Sessions that were handed over so long ago, and nobody has taken. */
  abandoned(forMs: number): readonly string[] {
    return this.options.leases
      .rows(kind)
      .filter(({ holder, sinceMs }) => holder === undefined && sinceMs >= forMs)
      .map(({ resource }) => resource);
  }

  /** Undefined: another gateway has it, and its client there, or did not answer in time. */
  async take(id: string): Promise<HeldSession | undefined> {
    const { bus, clock, leases } = this.options;
    const untilMs = clock.monoMs() + patienceMs;
    while (clock.monoMs() < untilMs) {
      const mine = this.held.get(id) ?? (await this.gainedSoon(id));
      if (mine !== undefined) return mine;
      const row = leases.rows(kind).find(({ resource }) => resource === id);
      if (row?.isLive !== true) continue;
      const answer: SessionLogonAnswer | undefined = await bus
        .request(sessionLogonTopic(id), { session: id }, { timeoutMs: askMs })
        .catch(() => undefined);
      if (answer?.result === 'inUse') break;
    }
    if (this.held.get(id) === undefined) this.offer.drop(id);
    return this.held.get(id);
  }

  /** It is no session any more. */
  drop(id: string): void {
    this.offer.drop(id);
  }

  /** All that it has goes to whoever is asked for it next. */
  async leave(): Promise<void> {
    await this.offer.leave();
  }

  private async gainedSoon(id: string): Promise<HeldSession | undefined> {
    const { promise, resolve } = Promise.withResolvers<HeldSession | undefined>();
    const waiting = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, waiting.add(resolve));
    this.offer.want(id);
    const timer = setTimeout(() => resolve(undefined), soonMs);
    const held = await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
    if (waiting.size === 0 && this.waiting.get(id) === waiting) this.waiting.delete(id);
    return held;
  }

  private gained(lease: Lease): void {
    const { resource: id } = lease;
    const held = new HeldSession(lease);
    this.held.set(id, held);
    const { bus } = this.options;
    this.questions.set(
      id,
      bus.respond(sessionLogonTopic(id), () => this.asked(id, held), { isOwner: true }),
    );
    for (const resolve of this.waiting.get(id) ?? []) resolve(held);
  }

  /** Its client has come to another gateway. */
  private async asked(id: string, held: HeldSession): Promise<SessionLogonAnswer> {
    await held.whenSure();
    if (!this.options.mayMove(id)) return { result: 'inUse' };
    if (this.held.get(id) === held) this.offer.drop(id);
    return { result: 'released' };
  }

  private lost({ resource: id, epoch }: Lease): void {
    const held = this.held.get(id);
    if (held?.epoch !== epoch) return;
    held.lose();
    this.forget(id);
    this.options.onLost(id);
  }

  private async handOver({ resource: id }: Lease): Promise<void> {
    this.forget(id);
    await this.options.move(id);
  }

  private forget(id: string): void {
    this.held.delete(id);
    this.questions.get(id)?.unsubscribe();
    this.questions.delete(id);
  }
}

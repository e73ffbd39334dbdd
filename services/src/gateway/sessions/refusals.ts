/**
 * Connections and logons that were turned away on the client side: counted by listener and reason, and told
 * to operators as system events, of a flood only the first and the number. What a stranger wrote is shown
 * as printable text only.
 */
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { EventWindow } from '../../event.window.ts';
import { plainText } from '../clients/client.reports.ts';

export interface RefusalsOptions {
  readonly events: SystemEvents;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface Refusal {
  /** Listener id. */
  readonly listener: string;
  /** One of the gateway's own codes, or the engine's text. */
  readonly reason: string;
  readonly remoteAddress: string;
  /** Who it claimed to be, where a Logon said so. */
  readonly claimed?: string;
  /** What the client is not told. */
  readonly detail?: string;
}

/** The engine's texts as label values: their number must stay small. */
const codes: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^([A-Z]+(_[A-Z]+)+)/, ''],
  [/^first message is not a Logon/, 'NOT_A_LOGON'],
  [/^first bytes are not a FIX message/, 'NOT_FIX'],
  [/^no Logon in time/, 'LOGON_TIMEOUT'],
  [/^too many connections/, 'TOO_MANY_CONNECTIONS'],
  [/^too many refused Logons/, 'LOGON_THROTTLED'],
  [/is logged on already$/, 'LOGGED_ON_ALREADY'],
  [/^address is not allowed|may not log on from this address$/, 'ADDRESS_NOT_ALLOWED'],
  [/^not a trusted proxy/, 'NOT_A_PROXY'],
  [/^PROXY protocol: /, 'PROXY_PROTOCOL'],
  [/^BeginString is not spoken/, 'NOT_SPOKEN'],
  [/^message of \d+ bytes is over the limit/, 'MESSAGE_TOO_LARGE'],
  [/^(connection closed by the peer|gone before|read ECONNRESET|.*\bECONNRESET\b|.*\bEPIPE\b)/, 'PEER_LEFT'],
  [/^TLS: CERT_REVOKED|^CERT_REVOKED/, 'CERT_REVOKED'],
  [/^TLS: .*CRL_HAS_EXPIRED/, 'CRL_EXPIRED'],
  [/^TLS: (closed within the handshake|socket hang up)/, 'PEER_LEFT'],
  [/^TLS: /, 'TLS'],
];

export function refusalCode(reason: string): string {
  for (const [pattern, code] of codes) {
    const match = pattern.exec(reason);
    if (match !== null) return code === '' ? match[1]! : code;
  }
  return 'OTHER';
}

/** Who only looks whether a port is open (a health check) comes back for ever: one event an hour for each. */
const silentCodes = new Set(['ADDRESS_NOT_ALLOWED', 'NOT_A_PROXY', 'PROXY_PROTOCOL']);
const silentMs = 3_600_000;
const addressesMax = 1_000;

export class Refusals {
  private readonly window: EventWindow;
  private readonly clock: Clock;
  /** When an address was last told of, by code. */
  private readonly toldAt = new Map<string, number>();
  private readonly counter: { inc(labels: Readonly<Record<string, string>>): void };

  constructor({ events, clock, metrics }: RefusalsOptions) {
    this.window = new EventWindow({ events, clock });
    this.clock = clock;
    this.counter = metrics.counter(
      'gateway_connections_refused_total',
      'Client connections and logons turned away',
      ['listener', 'reason'],
    );
  }

  start(): void {
    this.window.start();
  }

  stop(): void {
    this.window.stop();
  }

  record({ listener, reason, remoteAddress, claimed, detail }: Refusal): void {
    const code = refusalCode(reason);
    this.counter.inc({ listener, reason: code });
    // Load balancers look whether a port is open and leave: that is nobody's refused logon.
    if (code === 'PEER_LEFT') return;
    if (silentCodes.has(code) && this.isKnown(`${code} ${remoteAddress}`)) return;
    const told = detail === undefined ? reason : `${reason} (${detail})`;
    this.window.record(`${code} ${listener}`, {
      kind: code === 'CERT_REVOKED' ? 'certificateRevoked' : 'logonRefused',
      severity: 'warning',
      subject: claimed === undefined ? listener : plainText(`${claimed}@${listener}`),
      text: plainText(`${told} from ${remoteAddress}`),
    });
  }
  private isKnown(key: string): boolean {
    const now = this.clock.monoMs();
    if (now - (this.toldAt.get(key) ?? -Infinity) < silentMs) return true;
    this.toldAt.delete(key);
    this.toldAt.set(key, now);
    if (this.toldAt.size > addressesMax) this.toldAt.delete(this.toldAt.keys().next().value!);
    return false;
  }
}

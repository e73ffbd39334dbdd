/**
 * The stream is opened with the sign-in's token, before it is known who the user is and what is traded: what
 * it tells until there is a desk is kept for it, with the time at which it came.
 */
import type { StreamListener } from './connection.ts';

type Told = (listener: StreamListener) => void;

export class EarlyListener implements StreamListener {
  #listener: StreamListener | undefined;
  readonly #kept: Told[] = [];

  /** Tells it what was kept, in order, and from now on everything. */
  handTo(listener: StreamListener): void {
    this.#listener = listener;
    for (const told of this.#kept.splice(0)) told(listener);
  }

  phase: StreamListener['phase'] = (phase) => this.#tell((to) => to.phase(phase));
  data: StreamListener['data'] = (batch, atMs) => this.#tell((to) => to.data(batch, atMs));
  latency: StreamListener['latency'] = (ms) => this.#tell((to) => to.latency(ms));
  serverTime: StreamListener['serverTime'] = (ms, atMs) => this.#tell((to) => to.serverTime(ms, atMs));
  refused: StreamListener['refused'] = (id, code, text) => this.#tell((to) => to.refused(id, code, text));
  tokenInDoubt: StreamListener['tokenInDoubt'] = () => this.#tell((to) => to.tokenInDoubt());

  #tell(told: Told): void {
    if (this.#listener === undefined) this.#kept.push(told);
    else told(this.#listener);
  }
}
